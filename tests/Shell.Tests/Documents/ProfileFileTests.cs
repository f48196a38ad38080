using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Documents;

/// <summary>A target of one's own as a file.</summary>
public sealed class ProfileFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Profile => _folder.File("profile.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void P15_every_profile_reads_back_as_it_was_written_and_is_written_again_as_the_same_bytes()
    {
        foreach (var profile in Fs.BackendProfile.named.Append(RandomLayers.Narrow))
        {
            ProfileFile.Write(Profile, profile, overwrite: true);
            var bytes = File.ReadAllBytes(Profile);
            var read = ProfileFile.Read(Profile);
            Assert.Equal(profile, read);

            using var again = new MemoryStream();
            ProfileFile.Write(again, read);
            Assert.Equal(bytes, again.ToArray());
        }
    }

    [Fact]
    public void A_plan_holds_the_same_object_as_a_profile_file()
    {
        var plan = RandomLayers.Plans(seed: 1, count: 1).Single();
        ProfileFile.Write(Profile, plan.Request.Profile);
        PlanFile.Write(_folder.File("plan.json"), new PlanDocument { Layers = [new NamedPlan("layer", null, plan)] });
        var alone = JsonNode.Parse(File.ReadAllText(Profile))!["profile"];
        var within = JsonNode.Parse(File.ReadAllText(_folder.File("plan.json")))!["profiles"]![0];
        Assert.True(JsonNode.DeepEquals(alone, within));
    }

    [Theory]
    [InlineData("{ \"format\": \"quantfunctional-plan\"", "`quantfunctional-profile` is needed")]
    [InlineData("\"version\": 1", "version: is 1, 2 is read")]
    [InlineData("\"name\": \" \"", "it needs a name")]
    [InlineData("\"paths\": []", "paths: it needs at least one")]
    [InlineData("\"paths\": [\"int8\", \"int8\"]", "profile.paths: names one twice")]
    [InlineData("\"precisions\": [\"int8\"]", "profile.precisions[0]: `int8` is no precision")]
    [InlineData("\"form\": \"integer\" }", "profile.multiplier.bits: is missing")]
    [InlineData("\"form\": \"single24\"", "profile.multiplier.bits: does not go with single24")]
    [InlineData("\"highest\": -1", "unitShift: the lowest shift, 0, is above the highest, -1")]
    [InlineData("\"inputZeroPoint\": \"there\"", "in-bias, off-each-input")]
    [InlineData("\"mixedIntrinsicShift\": \"yes\"", "mixedIntrinsicShift: is \"yes\", true or false is needed")]
    [InlineData("\"products\": \"by threes\"", "in-full, pairs-16, in-full-or-pairs-16")]
    [InlineData("\"betweenLayers\": [\"tflite\", \"unfused\"]", "betweenLayers: TFLite's kernels have steps of their own")]
    [InlineData("\"colour\": 1", "profile.colour: is not a field of this format")]
    public void What_no_profile_can_be_is_refused_by_its_field(string edit, string words)
    {
        ProfileFile.Write(Profile, Fs.BackendProfile.Reference);
        File.WriteAllText(Profile, Edited(File.ReadAllText(Profile), edit));
        var message = Check.Refusal(() => ProfileFile.Read(Profile));
        Assert.StartsWith($"{Profile}: ", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_that_contradicts_itself_is_not_written()
    {
        var reference = Fs.BackendProfile.Reference;
        var nameless = new BackendProfile(
            "", reference.Paths, reference.Precisions, reference.Multiplier, reference.Accumulator,
            reference.Int16Accumulator, reference.InputZeroPoint, reference.OutputZeroPoint, reference.Steps,
            reference.Relu, reference.MixedIntrinsicShift, reference.Products, reference.BetweenLayers);
        Assert.Contains("needs a name", Check.Refusal(() => ProfileFile.Write(Profile, nameless)), StringComparison.Ordinal);
        Assert.False(File.Exists(Profile));
    }

    /// <summary>The text with the first field of the edit's name replaced; a name that is not there is added.</summary>
    private static string Edited(string text, string edit)
    {
        if (edit.StartsWith('{'))
            return text.Replace("{\n  \"format\": \"quantfunctional-profile\"", edit, StringComparison.Ordinal);
        var name = edit[..(edit.IndexOf(':', StringComparison.Ordinal) + 1)];
        var start = text.IndexOf(name, StringComparison.Ordinal);
        if (start < 0)
            return text.Replace("\"mixedIntrinsicShift\"", edit + ", \"mixedIntrinsicShift\"", StringComparison.Ordinal);
        if (edit.EndsWith('}'))
            return text[..start] + edit + text[(text.IndexOf('}', start) + 1)..];
        var end = text[start + name.Length + 1] == '['
            ? text.IndexOf(']', start) + 1
            : text.IndexOfAny([',', '\n', '}'], start);
        return text[..start] + edit + text[end..];
    }
}

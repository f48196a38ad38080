using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn profiles`: the targets, all in a table or one in full.</summary>
public sealed class ProfilesTests
{
    [Fact]
    public async Task The_table_has_every_profile_with_every_path()
    {
        var text = (await Quantfn.RunAsync("profiles")).Done();

        foreach (var profile in Profiles.Named)
            Assert.Single(text.Split('\n'), line => line.StartsWith($"  {profile.Name} ", StringComparison.Ordinal));
        Assert.Matches(@"  tflite +int8 +32 bits +0 to 31 +31 to 62 +twice, as gemmlowp\n", text);
        Assert.Matches(@"\n +int16 +48 bits +0 to 31 +24 to 62 +once, ties up, 16-bit multiplier\n", text);
    }

    [Fact]
    public async Task One_profile_is_told_in_full()
    {
        Assert.Equal(
            """
            Profile            reference
            Precisions         sima-int8, tflite-int8, restricted-tflite-int8, sima-int16, tflite-int16, restricted-tflite-int16, sima-int32
            Multiplier         an integer of 31 bits
            Input zero point   taken off in the bias
            Output zero point  in the bias with multiplier 1, else added after the requantization
            Steps in files     float64
            ReLU               clamps at any value in TFLite's precisions, else saturates
            Intrinsic shift    channels may differ (int15)

              Activations  Accumulator    Shift with      Shift  Rounding
                                        multiplier 1  otherwise
              -----------  -----------  ------------  ---------  -------------
              int8             32 bits       0 to 31    0 to 62  once, ties up
              int15            32 bits       0 to 31    0 to 62  once, ties up

            """,
            (await Quantfn.RunAsync("profiles", "reference")).Done());
    }

    [Theory]
    [InlineData("reference")]
    [InlineData("tflite")]
    [InlineData("tflite-int32-accumulator")]
    [InlineData("tflite-single-rounding")]
    [InlineData("tflite-single-rounding-int32-accumulator")]
    [InlineData("onnxruntime")]
    public async Task The_JSON_of_a_profile_is_the_file_that_is_read_back(string name)
    {
        using var folder = new TemporaryFolder();
        var json = (await Quantfn.RunAsync("profiles", name, "--json")).Done();

        var path = folder.Write("profile.json", System.Text.Encoding.UTF8.GetBytes(json));

        Assert.True(Profiles.TryFind(name, out var profile));
        Assert.Equal(profile, ProfileFile.Read(path));
    }

    [Fact]
    public async Task The_JSON_of_all_is_one_document() =>
        Assert.Equal(
            Profiles.Named.Select(profile => profile.Name),
            (await Quantfn.RunAsync("profiles", "--json")).Json().EnumerateArray()
                .Select(profile => profile.GetProperty("profile").GetProperty("name").GetString()));

    [Theory]
    [InlineData("TFLite", "'TFLite'", "reference, tflite, ")]
    [InlineData("a b", "'b'")]
    [InlineData("--jason", "'--jason'")]
    [InlineData("tflite --json --json", "'--json'")]
    public async Task What_is_no_profile_is_refused_with_the_names(string line, params string[] named) =>
        (await Quantfn.RunAsync(["profiles", .. line.Split(' ')])).IsBadInput(named);
}

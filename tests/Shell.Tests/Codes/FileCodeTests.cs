using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Formats;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;

namespace Shell.Tests.Codes;

/// <summary>QF01xx and QF02xx: what is wrong with files, arrays and documents has its code.</summary>
public sealed class FileCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Arrays_that_are_not_there_or_not_alone()
    {
        var archive = Archive(("x", Npy.Of([1f], 1)), ("y", Npy.Of([1f], 1)));

        var missing = Refused(Diagnostics.ArrayMissing, () => ArrayFile.Open(archive).OpenArray("z"));
        Assert.Equal(archive, missing.File);
        Refused(Diagnostics.SeveralArrays, () => RealArrays.Read<float>(archive));
        Refused(Diagnostics.SeveralArrays, () => IntegerArrays.Read(archive));
        Refused(Diagnostics.ArrayNamedTwice, () => ArrayFile.Open(Archive(("x", Npy.Of([1], 1)), ("x", Npy.Of([1], 1)))));
        Refused(Diagnostics.FileMissing, () => ArrayFile.Open(_folder.File("none.npz")));
        Refused(Diagnostics.NotNpy, () => ArrayFile.Open(_folder.Write("text.npy", [.. "hello, world"u8])));
        Refused(Diagnostics.ArchiveDamaged, () => ArrayFile.Open(_folder.Write("cut.npz", [.. "PK and nothing more"u8])));
    }

    [Fact]
    public void Arrays_that_cannot_be_read()
    {
        var whole = Npy.WithHeader(Npy.Header("|u1", "(2,)"), [7, 8]);

        Refused(Diagnostics.NpyTruncated, () => Read(whole[..9]));
        Refused(Diagnostics.NpyTruncated, () => Read(Npy.WithHeader(Npy.Header("|u1", "(3,)"), [7, 8])));
        Refused(Diagnostics.NpyVersion, () => Read([.. whole[..6], 9, .. whole[7..]]));
        Refused(Diagnostics.NpyHeaderDamaged, () => Read(Npy.WithHeader("{}", [7, 8])));
        Refused(Diagnostics.NpyHeaderDamaged, () => Read(Npy.WithHeader(Npy.Header("|u1", "(4294967296, 4294967296)"), [7])));
        Refused(Diagnostics.FortranOrder, () => Read(Npy.WithHeader(Npy.Header("|u1", "(1, 2)", "True"), [7, 8])));
        var fault = Refused(Diagnostics.ElementTypeNotRead, () => Read(Npy.WithHeader(Npy.Header("<U3", "(1,)"), new byte[12])));
        Assert.EndsWith("a.npy", fault.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_of_other_elements()
    {
        var integers = _folder.Write("i.npy", Npy.Of([1, 300], 2));
        var reals = _folder.Write("r.npy", Npy.Of([1f], 1));

        Refused(Diagnostics.ElementTypeNotWanted, () => RealArrays.Read<float>(integers));
        Refused(Diagnostics.ElementTypeNotWanted, () => IntegerArrays.Read(reals));
        Refused(Diagnostics.ValueDoesNotFit, () => Npy.ReadAll<byte>(integers, "i"));
    }

    [Fact]
    public void An_archive_that_unpacks_to_far_too_much()
    {
        var bomb = Archive(("x", Npy.Of(new sbyte[40 << 20], 1, 40 << 20)));

        Refused(Diagnostics.PackedTooTightly, () => ArrayFile.Open(bomb).OpenArray("x"));
    }

    [Fact]
    public void An_encrypted_archive()
    {
        var path = Archive(("x", Npy.Of([1f], 1)));
        var bytes = File.ReadAllBytes(path);
        bytes[6] |= 1;
        bytes[bytes.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x50, 0x4b, 0x01, 0x02]) + 8] |= 1;
        File.WriteAllBytes(path, bytes);

        Refused(Diagnostics.ArchiveEncrypted, () => ArrayFile.Open(path).OpenArray("x"));
    }

    [Fact]
    public void Results_that_cannot_be_written()
    {
        var old = _folder.Write("old", [1]);

        var exists = Refused(Diagnostics.FileExists, () => AtomicFile.Check(old, overwrite: false));
        Assert.Equal((old, FaultKind.BadInput), (exists.File, exists.Kind));
        Refused(Diagnostics.TargetOfOtherKind, () => AtomicFile.Check(_folder.Path, overwrite: true));
        Refused(Diagnostics.TargetOfOtherKind, () => AtomicFolder.Check(old, _ => true));
        Refused(Diagnostics.TargetFolderMissing, () => AtomicFile.Check(_folder.File("none", "a"), overwrite: true));
        Refused(Diagnostics.WriteFailed, () => AtomicFile.Write(_folder.File("a"), _ => throw new IOException("full"), false));
    }

    [Theory]
    [InlineData("", "[]", "QF0202")]
    [InlineData("format", "\"something\"", "QF0202")]
    [InlineData("version", "1", "QF0203")]
    [InlineData("surprise", "1", "QF0204")]
    [InlineData("layers", null, "QF0205")]
    [InlineData("layers", "{}", "QF0206")]
    [InlineData("model", "null", "QF0206")]
    [InlineData("layers[0].precision", "\"int9\"", "QF0207")]
    [InlineData("layers[0].integers.weights.sha256", "\"0\"", "QF0208")]
    [InlineData("layers[0].realBias", "[]", "QF0213")]
    [InlineData("", "{", "QF0201")]
    public void Documents_that_are_not_what_they_must_be(string place, string? json, string code)
    {
        var path = PlantedPlan.Write(_folder, "fc");
        File.WriteAllText(path, Edited(File.ReadAllText(path), place, json));

        var fault = Refused(Diagnostics.Of(code), () => PlanFile.Read(path));

        Assert.Equal(path, fault.File);
    }

    [Fact]
    public void Arrays_beside_a_plan_that_are_not_its_own()
    {
        var plan = PlantedPlan.Plan(Precision.TfliteInt8);
        var path = _folder.File("plan.json");
        PlanFile.Write(path, new PlanDocument { Layers = [new NamedPlan("fc", "Gemm", plan)] }, overwrite: true, weightsInline: false);
        var (whole, arrays) = (File.ReadAllText(path), PlanFile.ArraysPath(path));
        var name = System.Text.RegularExpressions.Regex.Match(whole, "\"array\": *\"([^\"]+)\"").Groups[1].Value;

        File.Delete(arrays);
        Npy.Archive(arrays, (name, Npy.Of(new sbyte[PlantedPlan.Channels * 16], PlantedPlan.Channels, 16)));
        Refused(Diagnostics.DigestDiffers, () => PlanFile.Read(path));

        File.Delete(arrays);
        Npy.Archive(arrays, (name, Npy.Of(new sbyte[4], 4)));
        Refused(Diagnostics.ArrayOfOtherShape, () => PlanFile.Read(path));

        File.WriteAllText(path, whole.Replace(Path.GetFileName(arrays), "../" + Path.GetFileName(arrays), StringComparison.Ordinal));
        Refused(Diagnostics.ArraysElsewhere, () => PlanFile.Read(path));
    }

    [Fact]
    public void Two_profiles_of_one_name()
    {
        var path = PlantedPlan.Write(_folder, "fc");
        var root = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        root["profiles"]!.AsArray().Add(root["profiles"]![0]!.DeepClone());
        File.WriteAllText(path, root.ToJsonString());

        Refused(Diagnostics.NamedTwice, () => PlanFile.Read(path));
    }

    [Fact]
    public void A_plan_on_another_processor()
    {
        var layers = CheckedLayers.Of(new PlanDocument
        {
            Layers = [new NamedPlan("fc", "Gemm", PlantedPlan.Plan(Precision.TfliteInt8))],
        });

        Assert.Equal("fc", Refused(Diagnostics.PlanOfOtherProfile, () => layers.On(Profiles.OnnxRuntime)).Node);
    }

    private static string Edited(string text, string place, string? json)
    {
        if (place.Length == 0)
            return json!;
        var root = System.Text.Json.Nodes.JsonNode.Parse(text)!;
        var steps = place.Replace("[0]", ".0", StringComparison.Ordinal).Split('.');
        var parent = steps[..^1].Aggregate(root, (node, step) => int.TryParse(step, out var i) ? node[i]! : node[step]!).AsObject();
        parent.Remove(steps[^1]);
        if (json is not null)
            parent[steps[^1]] = System.Text.Json.Nodes.JsonNode.Parse(json);
        return root.ToJsonString();
    }

    private void Read(byte[] bytes) => Npy.ReadAll<int>(_folder.Write("a.npy", bytes), "a");

    private string Archive(params (string, byte[])[] arrays)
    {
        var path = _folder.File("a.npz");
        File.Delete(path);
        Npy.Archive(path, arrays);
        return path;
    }
}

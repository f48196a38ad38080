using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Formats;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Documents;

/// <summary>Integer weights beside the document: no surprise in the file reaches a plan.</summary>
public sealed class WeightArraysTests : IDisposable
{
    private static readonly QuantizedLayer[] Plans = [.. RandomLayers.Plans(seed: 8, count: 2)];

    private readonly TemporaryFolder _folder = new();

    private string Document => _folder.File("model.plan.json");

    private string Arrays => _folder.File("model.plan.npz");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_file_is_the_same_at_any_time_and_holds_each_tensor_in_its_shape()
    {
        Write();
        var first = File.ReadAllBytes(Arrays);
        using (var archive = ZipFile.OpenRead(Arrays))
            Assert.All(archive.Entries, entry => Assert.Equal(1980, entry.LastWriteTime.Year));
        var file = ArrayFile.Open(Arrays);
        Assert.Equal(["weights0", "weights1"], file.Names);
        using (var array = file.OpenArray("weights1"))
            Assert.Equal(Plans[1].Integers.Shape.Sizes.Select(size => (long)size), array.Info.Shape);

        Thread.Sleep(2100); // an archive's clock ticks every two seconds
        Write();
        Assert.Equal(first, File.ReadAllBytes(Arrays));
    }

    [Fact]
    public void Neither_file_is_replaced_unless_asked_and_then_nothing_is_written()
    {
        File.WriteAllText(Arrays, "mine");
        Assert.Contains("exists already", Check.Refusal(() => Write(overwrite: false)), StringComparison.Ordinal);
        Assert.False(File.Exists(Document));
        File.Delete(Arrays);
        File.WriteAllText(Document, "mine");
        Assert.Contains("exists already", Check.Refusal(() => Write(overwrite: false)), StringComparison.Ordinal);
        Assert.False(File.Exists(Arrays));
    }

    [Theory]
    [InlineData("../model.plan.npz")]
    [InlineData("..")]
    [InlineData("/etc/passwd")]
    [InlineData("C:\\model.npz")]
    [InlineData("sub/model.npz")]
    [InlineData("")]
    public void A_path_in_place_of_a_name_is_refused(string name) =>
        Assert.Contains(
            "arrays: `", Refused(root => root["arrays"] = name), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_missing_or_of_another_plan_is_refused()
    {
        Write();
        Assert.Contains("arrays: is missing", Refused(root => root.AsObject().Remove("arrays")), StringComparison.Ordinal);
        Assert.Contains(
            "there is no array `none`; it holds `weights0`",
            Refused(root => Weights(root)["array"] = "none"),
            StringComparison.Ordinal);
        Assert.Contains(
            "layers[0].integers.weights.values: is missing, and so is `array`",
            Refused(root => Weights(root).Remove("array")),
            StringComparison.Ordinal);
        Assert.Contains(
            "sha256: is missing", Refused(root => Weights(root).Remove("sha256")), StringComparison.Ordinal);
        Assert.Contains(
            "take one of them out",
            Refused(root => Weights(root)["values"] = new JsonArray(1)),
            StringComparison.Ordinal);
        Write();
        File.Delete(Arrays);
        Assert.Contains("no such file", Check.Refusal(() => PlanFile.Read(Document)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_array_of_another_type_shape_or_content_is_refused()
    {
        long[] shape = [.. Plans[0].Integers.Shape.Sizes.Select(size => (long)size)];
        var count = Plans[0].Integers.Weights.Length;
        Assert.Contains("is uint8", WithArray(stream => NpyWriter.Write<byte>(stream, new byte[count], shape)), StringComparison.Ordinal);
        Assert.Contains("int8 [", WithArray(stream =>
            NpyWriter.Write<sbyte>(stream, new sbyte[count], (long)count)), StringComparison.Ordinal);
        Assert.Contains("it belongs to another plan", WithArray(stream =>
            NpyWriter.Write<sbyte>(stream, new sbyte[count], shape)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_array_that_claims_ten_gigabytes_is_refused_before_memory_is_taken()
    {
        var before = GC.GetTotalAllocatedBytes();
        var message = WithArray(stream => stream.Write(Header("(100000, 100000)")));
        Assert.Contains("declares shape [100000, 100000]", message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100_000_000);
    }

    private static byte[] Header(string shape)
    {
        var text = $"{{'descr': '|i1', 'fortran_order': False, 'shape': {shape}, }}\n";
        byte[] header = [0x93, .. "NUMPY"u8, 1, 0, 0, 0, .. System.Text.Encoding.ASCII.GetBytes(text)];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)text.Length);
        return header;
    }

    private static JsonObject Weights(JsonNode root) =>
        root["layers"]![0]!["integers"]!["weights"]!.AsObject();

    private string WithArray(Action<Stream> write)
    {
        Write();
        using (var archive = ZipFile.Open(Arrays, ZipArchiveMode.Update))
        {
            archive.GetEntry("weights0.npy")!.Delete();
            using var entry = archive.CreateEntry("weights0.npy").Open();
            write(entry);
        }

        var message = Check.Refusal(() => PlanFile.Read(Document));
        Assert.Contains("weights0", message, StringComparison.Ordinal);
        return message;
    }

    private string Refused(Action<JsonNode> change)
    {
        Write();
        var root = JsonNode.Parse(File.ReadAllText(Document))!;
        change(root);
        File.WriteAllText(Document, root.ToJsonString());
        return Check.Refusal(() => PlanFile.Read(Document));
    }

    private void Write(bool overwrite = true) => PlanFile.Write(
        Document,
        new PlanDocument { Layers = [new NamedPlan("a/b:c", "Conv", Plans[0]), new NamedPlan("b", "Gemm", Plans[1])] },
        overwrite,
        weightsInline: false);
}

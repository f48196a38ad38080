using System.Text.Json;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>What the verbs say of a model whose layers are the same everywhere and whose joins are not.</summary>
public sealed class DifferingJoinTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder.File("m.onnx");

    // planned for x64 without VNNI, no pair saturates, and the joins have the steps of their ranges
    public async Task InitializeAsync() => (await Quantfn.RunAsync(
        Quantfn.QuantizeSample("-o", Model, "--profile", "onnxruntime-x64-avx2"))).Done();

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Verify_tells_each_join_with_its_witness_and_the_remedies()
    {
        var outcome = await Quantfn.RunAsync("verify", Model);
        var json = JsonDocument.Parse((await Quantfn.RunAsync("verify", Model, "--json")).Out).RootElement;

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(
            $"quantfn: {Model}: 2 joins did not pass, the first of them: /4/Add, /13/Add. quantfn repair {Model} mends it; where "
            + "it only ever runs on x64 with VNNI, verify it with --profile onnxruntime-vnni. [QF0707]",
            outcome.Error.TrimEnd());
        Assert.Contains("\n1 join: every arithmetic gives the same byte for all pairs of inputs.\n", outcome.Out, StringComparison.Ordinal);
        var joins = json.GetProperty("joins").EnumerateArray().ToList();
        Assert.False(json.GetProperty("passed").GetBoolean());
        Assert.Equal([false, true, false], joins.Select(join => join.GetProperty("passed").GetBoolean()));
        string[] names = ["x64 with FMA", "x64 without FMA", "ARM64", "WebAssembly", "the standard"];
        foreach (var join in joins.Where(join => !join.GetProperty("passed").GetBoolean()))
        {
            var violation = Assert.Single(join.GetProperty("violations").EnumerateArray());
            var stored = violation.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("stored").GetInt32()).ToList();
            Assert.Equal(1, stored.Max() - stored.Min());
            Assert.Contains(
                $"\n{join.GetProperty("name").GetString()} (Add): processors disagree on "
                + $"{violation.GetProperty("disagreeing").GetInt32()} pairs of inputs: of the stored inputs "
                + $"{violation.GetProperty("first").GetInt32()} and {violation.GetProperty("second").GetInt32()} come "
                + $"{string.Join(", ", names.Zip(stored, (name, byteOf) => $"{name} {byteOf}"))}; 'quantfn repair' mends a model, "
                + "and --profile onnxruntime-vnni is enough for one that only ever runs with VNNI. [QF0719]\n",
                outcome.Out,
                StringComparison.Ordinal);
        }

        var vnni = (await Quantfn.RunAsync("verify", Model, "--profile", "onnxruntime-vnni")).Done();
        Assert.DoesNotContain("join", vnni, StringComparison.Ordinal);
        (await Quantfn.RunAsync("repair", Model)).Done();
        var repaired = (await Quantfn.RunAsync("verify", _folder.File("m.repaired.onnx"))).Done();
        Assert.Contains("\n3 joins: every arithmetic gives the same byte for all pairs of inputs.\n", repaired, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_and_compare_warn_of_the_joins_by_their_kind()
    {
        byte[] pixels = [.. Enumerable.Range(0, 2 * 28 * 28).Select(i => (byte)(i * i % 251))];
        var data = _folder.Write("x.npy", Npy.Of(pixels, 2, 1, 28, 28));
        var expected = $"quantfn: warning: {Model}: processors disagree on this file: they make different bytes of 2 Adds. Shown is "
            + "x64 with VNNI; quantfn verify names the places, and quantfn repair makes it the same everywhere. [QF0916]";

        var execute = await Quantfn.RunAsync("execute", Model, "--input", data, "-o", _folder.File("y.npy"));
        var compare = await Quantfn.RunAsync("compare", Quantfn.Sample("fashion.onnx"), Model, "--data", data);
        (await Quantfn.RunAsync(
            "execute", Model, "--input", data, "-o", _folder.File("z.npy"), "--profile", "onnxruntime-arm64")).Done();

        Assert.Equal((0, expected), (execute.ExitCode, execute.Error.TrimEnd()));
        Assert.Equal((0, expected), (compare.ExitCode, compare.Error.TrimEnd()));
    }
}

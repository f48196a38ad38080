using System.Text.Json;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Repair;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn repair` as users run it.</summary>
public sealed class RepairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Model(int divisor = 1) => _folder.Write("m.onnx", new ModelBuilder().Input("x", 3, 20).Pair("x", "xq", 0.03f, 101)
        .Weights("w", [20, 4], Array.ConvertAll(LayerFormTests.Weights(4, 20, false), w => (sbyte)(w / divisor)), [0.01f], 1)
        .Node("MatMul", ["xq", "w"], "p", node => node.Name = "head").Pair("p", "y", 0.3f, 60).Output("y", 3, 4).Build().ToBytes());

    [Fact]
    public async Task It_writes_beside_the_model_and_says_what_changed_and_where_the_integers_hold()
    {
        var model = Model();

        var text = (await Quantfn.RunAsync("repair", model)).Done();

        Assert.Matches(@"head +MatMul +4 +2 +2 +0 +1\.\d{4}x", text);
        Assert.Contains("Repaired   1 layer of 1 layer", text, StringComparison.Ordinal);
        Assert.Contains($"Written    {_folder.File("m.repaired.onnx")}", text, StringComparison.Ordinal);
        Assert.EndsWith(
            "The integers are the same on every processor: x64 with and without VNNI and FMA, ARM64 and WebAssembly.\n",
            text,
            StringComparison.Ordinal);
        Assert.Equal(1, (await Quantfn.RunAsync("verify", model)).ExitCode);
        (await Quantfn.RunAsync("verify", _folder.File("m.repaired.onnx"))).Done();
    }

    [Fact]
    public async Task Nothing_to_repair_is_said_and_exits_with_0()
    {
        var text = (await Quantfn.RunAsync("repair", Model(divisor: 2))).Done();

        Assert.Contains("Nothing to repair in 1 layer; nothing was written.", text, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("m.repaired.onnx")));
    }

    [Fact]
    public async Task The_report_is_one_document()
    {
        var report = (await Quantfn.RunAsync("repair", Model(), "-o", _folder.File("out.onnx"), "--json")).Json();

        Assert.Equal(_folder.File("out.onnx"), report.GetProperty("outputPath").GetString());
        var layer = report.GetProperty("layers")[0];
        Assert.Equal([0, 2], layer.GetProperty("changed").EnumerateArray().Select(channel => channel.GetInt32()));
        Assert.Equal(2, layer.GetProperty("pairs").GetInt32());
        Assert.Equal(JsonValueKind.Number, layer.GetProperty("sqnrDb").ValueKind);
        Assert.Equal("onnxruntime", report.GetProperty("profile").GetString());
    }

    [Fact]
    public async Task A_dynamic_model_is_verified_and_repaired()
    {
        var model = _folder.Write("d.onnx", DynamicFormTests.Chain([0.01f]).Build().ToBytes());

        var before = await Quantfn.RunAsync("verify", model);
        await Quantfn.RunAsync("repair", model);
        var after = (await Quantfn.RunAsync("verify", _folder.File("d.repaired.onnx"))).Done();

        Assert.Equal(1, before.ExitCode);
        Assert.Contains("16 bits", before.Out, StringComparison.Ordinal);
        Assert.Matches(@"y +4 +yes", after);
    }

    [Fact]
    public async Task A_certificate_of_a_dynamic_model_is_confirmed_again()
    {
        var model = _folder.Write("d.onnx", DynamicFormTests.Chain([0.01f]).Build().ToBytes());
        var certificate = _folder.File("c.json");

        await Quantfn.RunAsync("verify", model, "-o", certificate);

        var again = (await Quantfn.RunAsync("verify", model, "--against", certificate)).Done();

        Assert.Contains("every claim is true of 1 layer", again, StringComparison.Ordinal);
        Assert.Contains("pair-overflow", File.ReadAllText(certificate), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_input_exits_with_2_and_a_remedy()
    {
        (await Quantfn.RunAsync("repair", _folder.File("none.onnx"))).IsBadInput("none.onnx", "does not exist");
        (await Quantfn.RunAsync("repair", Quantfn.Sample("fashion.onnx"), "-o", _folder.File("f.onnx"))).IsBadInput("a float model", "quantfn quantize");
        (await Quantfn.RunAsync("repair", Model(), "--compare", "x.npz")).IsBadInput("--float");
        (await Quantfn.RunAsync("repair", Model(), "-o", _folder.File("m.onnx"))).IsBadInput("inputs are not modified");
        (await Quantfn.RunAsync("repair", Model(), "--profile", "none")).IsBadInput("--profile", "onnxruntime-vnni");
    }
}

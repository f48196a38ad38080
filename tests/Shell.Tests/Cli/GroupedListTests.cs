using System.Text.RegularExpressions;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>Long lists of nodes are grouped, and told in full where somebody asks for them.</summary>
public sealed class GroupedListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(40)]
    public async Task Nodes_in_float_are_grouped_by_reason_where_they_are_many(int nodes)
    {
        var model = Write(nodes);

        var text = (await Quantfn.RunAsync("inspect", model)).Done();
        var all = (await Quantfn.RunAsync("inspect", model, "--all")).Done();

        var listed = Regex.Matches(all, "\n  node (e[0-9]+) \\(Erf\\): ").Count;
        Assert.Equal(nodes, listed);
        Assert.Contains($"Would stay in float: {nodes} nodes\n", all, StringComparison.Ordinal);
        if (nodes <= 8)
        {
            Assert.Equal(all, text);
            return;
        }

        Assert.DoesNotContain("node e1 ", text, StringComparison.Ordinal);
        Assert.Contains($"\n  {nodes} Erf (e0 first): ", text, StringComparison.Ordinal);
        Assert.Contains("\n  --all lists them\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_are_those_of_a_quantization_and_of_a_verification()
    {
        var model = Write(20);
        var data = _folder.Write("x.npy", Npy.Of(new float[16 * 2 * 8 * 8].Select((_, i) => (float)Math.Sin(i)).ToArray(), 16, 2, 8, 8));

        var quantized = await Quantfn.RunAsync("quantize", model, "--calibration", data);
        var verified = (await Quantfn.RunAsync("verify", _folder.File("model.int8.onnx"))).Done();
        var all = (await Quantfn.RunAsync("verify", _folder.File("model.int8.onnx"), "--all")).Done();

        Assert.Equal(0, quantized.ExitCode);
        Assert.Contains("Left in float: 20 nodes\n  20 Erf (e0 first): ", quantized.Out, StringComparison.Ordinal);
        Assert.Matches("Not on integers: [0-9]+ nodes\n  [0-9]+ [A-Z]", verified);
        Assert.True(all.Split('\n').Length > verified.Split('\n').Length);
    }

    private string Write(int nodes)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Conv("x", "c", 2, 2);
        for (var i = 0; i < nodes; i++)
            model.Node("Erf", [i == 0 ? "c" : $"e{i - 1}"], $"e{i}");
        return _folder.Write("model.onnx", model.Output($"e{nodes - 1}").Build().ToBytes());
    }
}

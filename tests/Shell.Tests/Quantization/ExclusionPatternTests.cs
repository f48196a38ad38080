using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Nodes that are excluded by patterns, in lists and by their operators.</summary>
public class ExclusionPatternTests
{
    [Theory]
    [InlineData("head", "head")]
    [InlineData("body/*", "body/1 body/2")]
    [InlineData("*/1", "body/1")]
    [InlineData("body/?", "body/1 body/2")]
    [InlineData("body/1,head", "body/1 head")]
    [InlineData(" body/1 , head ,", "body/1 head")]
    [InlineData("odd,name", "odd,name")]
    [InlineData("odd,*", "odd,name")]
    [InlineData("odd,name,head", null)]
    [InlineData("st?r", "st?r")]
    [InlineData("a,c", "body/1 body/2")]
    public void Names_patterns_and_lists_say_which_nodes_stay_in_float(string asked, string? left)
    {
        if (left is null)
            Assert.Contains("--exclude 'odd'", Check.Refusal(() => Left(r => r with { Exclude = [asked] })), StringComparison.Ordinal);
        else
            Assert.Equal(left.Split(' ').Order(StringComparer.Ordinal), Left(r => r with { Exclude = [asked] }));
    }

    [Theory]
    [InlineData("Gemm", "head odd,name st?r")]
    [InlineData("Conv,Gemm", null)]
    [InlineData("Conv", "body/1 body/2")]
    public void Every_node_of_an_operator_stays_in_float(string asked, string? left)
    {
        if (left is null)
            Assert.Contains("nothing to quantize", Check.Refusal(() => Left(r => r with { ExcludeTypes = [asked] })), StringComparison.Ordinal);
        else
            Assert.Equal(left.Split(' '), Left(r => r with { ExcludeTypes = [asked] }));
    }

    [Fact]
    public void Weights_alone_know_operators_too()
    {
        using var folder = new TemporaryFolder();
        var request = new QuantizeWeightsRequest
        {
            Model = folder.Write("model.onnx", Network().Build().ToBytes()),
            ExcludeTypes = ["Gemm"],
        };
        Assert.Contains("nothing to quantize", Check.Refusal(() =>
            OnnxQuantizer.QuantizeWeightsAsync(request).GetAwaiter().GetResult()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("boody/*", "--exclude 'boody/*'", "the nearest is 'body/1'")]
    [InlineData("hed", "--exclude 'hed'", "the nearest is 'head'")]
    [InlineData("head,body/9", "--exclude 'body/9'", "the nearest is 'body/1'")]
    [InlineData(",", "--exclude ','", "no node has that name")]
    public void What_means_no_node_is_refused_with_the_nearest_one(string asked, params string[] words)
    {
        var message = Check.Refusal(() => Left(r => r with { Exclude = [asked] }));
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gemm", "the nearest is 'Gemm'")]
    [InlineData("Gemm,Cnv", "--exclude-type 'Cnv': no node is of that operator; the nearest is 'Conv'")]
    public void An_operator_that_no_node_has_is_refused_with_the_nearest_one(string asked, string words) =>
        Assert.Contains(words, Check.Refusal(() => Left(r => r with { ExcludeTypes = [asked] })), StringComparison.Ordinal);

    /// <summary>The nodes that are excluded.</summary>
    private static List<string> Left(Func<QuantizeRequest, QuantizeRequest> with) =>
        [.. Quantized.Of(Network(), with).Report.LeftInFloat
            .Where(node => node.Reason == "excluded by the user")
            .Select(node => node.Name)
            .Order(StringComparer.Ordinal)];

    /// <summary>Two convolutions of a body, and three products with names that look like patterns and lists.</summary>
    private static ModelBuilder Network() => new ModelBuilder()
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", [4, 2, 3, 3], Called("body/1"))
        .Conv("a", "c", [4, 4, 3, 3], Called("body/2"))
        .Node("GlobalAveragePool", ["c"], "m", Called("mean"))
        .Node("Flatten", ["m"], "l", Called("flat"))
        .Random("w", 4, 4)
        .Node("Gemm", ["l", "w"], "g", Called("odd,name"))
        .Node("Gemm", ["g", "w"], "h", Called("st?r"))
        .Node("Gemm", ["h", "w"], "y", Called("head"))
        .Output("y");

    private static Action<NodeProto> Called(string name) => node => node.Name = name;
}

using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Execution;

/// <summary>Layers of every kind that ONNX Runtime ran on emulated processors.</summary>
public sealed class RecordedKernelsTests
{
    private static readonly IReadOnlyList<RecordedKernel> Layers = RecordedKernel.All();

    /// <summary>The layers that run whole on integers, and their model.</summary>
    private static IEnumerable<(RecordedKernel Layer, IntegerModel Model)> OnIntegers()
    {
        foreach (var layer in Layers.Where(layer => layer.Reals is not null))
        {
            IntegerModel model;
            try
            {
                model = IntegerModel.Load(layer.Model);
                model.RequireIntegers();
            }
            catch (QuantException)
            {
                continue;
            }

            yield return (layer, model);
        }
    }

    [Fact]
    public void Our_integers_are_those_of_every_processor_that_adds_in_full()
    {
        var run = 0;
        foreach (var (layer, model) in OnIntegers())
        {
            var expected = layer.Results.Single(result => result.Addition == "inFull").Output;
            var output = model.Run(layer.Reals!).Outputs["y"];
            Assert.True(
                expected.Sizes.SequenceEqual(output.Shape) && expected.Floats.AsSpan().SequenceEqual(output.Values.Span),
                layer.Name);
            run++;
        }

        Assert.True(run >= 142, $"{run} of {Layers.Count} layers run on integers");
    }

    [Fact]
    public void Only_x64_without_VNNI_adds_pairs()
    {
        foreach (var processor in new[] { "sse", "a53", "a76", "wasm" })
            Assert.All(Layers, layer => Assert.Equal("inFull", layer.On(processor).Addition));
        Assert.Equal(
            ["exchangedPairs", "exchangedPairsChannelFirst", "inFull", "pairs"],
            Layers.Select(layer => layer.On("avx2").Addition).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("QLinearConv, dense,", "pairs")]
    [InlineData("QLinearConv, depthwise,", "inFull")]
    [InlineData("QLinearConv, depthwise with a multiplier,", "pairs")]
    [InlineData("QLinearConv, one channel to one,", "inFull")]
    [InlineData("QLinearConv, one channel to several,", "pairs")]
    [InlineData("Conv between pairs, int8 inputs,", "pairs")]
    [InlineData("Conv between pairs, int8 inputs allowed,", "inFull")]
    [InlineData("MatMulInteger, x64quantprecision, a second input,", "pairs")]
    public void A_kind_of_kernel_adds_so_on_x64_without_VNNI(string kind, string addition)
    {
        var layers = Layers.Where(layer => layer.Name.StartsWith(kind, StringComparison.Ordinal)
            && int.TryParse(layer.Name[kind.Length..], out _)).ToList();
        Assert.NotEmpty(layers);
        Assert.All(layers, layer => Assert.Equal(addition, layer.On("avx2").Addition));
    }

    [Fact]
    public void The_page_on_processors_counts_the_layers() => Assert.Contains(
        $"{Layers.Count} small layers",
        File.ReadAllText(Path.Combine(Shared.Repository, "docs", "processors.md")),
        StringComparison.Ordinal);
}

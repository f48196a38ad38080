using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Observation;

/// <summary>The second moments of what a layer's weights are multiplied with: its own weights' error is its squared outputs.</summary>
public sealed class LayerMomentsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(new long[] { 1, 4, 9 }, new long[] { 6, 4, 3 }, "pads=1,1")]
    [InlineData(new long[] { 1, 3, 7, 8 }, new long[] { 4, 3, 3, 3 }, "pads=1,1,1,1 strides=2,2")]
    [InlineData(new long[] { 1, 4, 7, 8 }, new long[] { 6, 2, 2, 3 }, "group=2 pads=1,0,0,2 dilations=2,1")]
    [InlineData(new long[] { 1, 5, 6, 6 }, new long[] { 5, 1, 3, 3 }, "group=5")]
    [InlineData(new long[] { 1, 5, 6, 7 }, new long[] { 5, 5, 3, 2 }, "auto_pad=SAME_UPPER strides=2,3")]
    [InlineData(new long[] { 1, 2, 4, 5, 6 }, new long[] { 3, 2, 2, 3, 1 }, "pads=0,1,0,1,1,0")]
    public void Of_a_convolution(long[] input, long[] weights, string attributes)
    {
        var model = new ModelBuilder().Input("x", input).Random("w", weights)
            .Node("Conv", ["x", "w"], "y", node => node.Set(attributes)).Output("y").Build();
        AreSquaredOutputs(model, count: 5);
    }

    [Fact]
    public void Of_products()
    {
        AreSquaredOutputs(new ModelBuilder().Input("x", 1, 3, 6).Random("w", 6, 4).Node("MatMul", ["x", "w"], "y").Output("y").Build(), 20);
        AreSquaredOutputs(new ModelBuilder().Input("x", 1, 6).Random("w", 4, 6)
            .Node("Gemm", ["x", "w"], "y", node => node.Set("transB=1")).Output("y").Build(), 20);
    }

    [Fact]
    public void About_means_only_what_differs_is_left()
    {
        var moments = new InputMoments(3);
        moments.Add([1, 5, 0.1f, 3, 5, 0.1f, 8, 5, 0.1f]);

        Assert.True(moments.TryGet(out var blocks, out _, aboutMeans: true));
        Assert.Equal(26, blocks[0][0, 0], 12);
        Assert.Equal(0, blocks[0][1, 1]);
        Assert.Equal(0, blocks[0][0, 2]);
        Assert.Equal(0, blocks[0][2, 2]);
    }

    [Fact]
    public void Of_very_many_rows_some_are_taken_evenly()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 16, 16).Random("w", 3, 2, 3, 3)
            .Node("Conv", ["x", "w"], "y", node => node.Set("pads=1,1,1,1")).Output("y").Build();
        var (all, some) = (Seen(model, 40, long.MaxValue).Groups[0], Seen(model, 40, 1000).Groups[0]);

        Assert.Equal(40 * 256, all.Rows);
        Assert.InRange(some.Rows, 980, 1020);
        Assert.True(all.TryGet(out var every, out _) & some.TryGet(out var few, out _));
        for (var input = 0; input < 18; input++)
            Assert.InRange(few[0][input, input] / some.Rows / (every[0][input, input] / all.Rows), 0.85, 1.15);
    }

    private LayerMoments Seen(OnnxModel model, int count, long mostRows)
    {
        var prepared = ModelPreparation.Prepare(model);
        var scheme = Scheme.Build(prepared, symmetric: false, new Dictionary<string, string>());
        var layer = Assert.Single(scheme.Layers);
        var shape = LayerPlans.Weights(layer.Layer!, "model").Shape;
        var seen = new LayerMoments(BiasMeans.Input(scheme, layer), shape.Inputs, shape.Groups, mostRows);
        var samples = Samples.Random(model, count);
        using var source = new SampleSet(samples.Write(_folder.File("samples.npz"), 1), new HashSet<long>()).Open(prepared);
        MomentsObserver.Observe(prepared, [seen], source, progress: null, default);
        return seen;
    }

    private void AreSquaredOutputs(OnnxModel model, int count)
    {
        var seen = Seen(model, count, long.MaxValue);
        var prepared = ModelPreparation.Prepare(model);
        var layer = Assert.Single(Scheme.Build(prepared, symmetric: false, new Dictionary<string, string>()).Layers).Layer!;
        var shape = LayerPlans.Weights(layer, "model").Shape;
        var sum = 0.0;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            Assert.True(seen.Groups[channel / (shape.Channels / shape.Groups)].TryGet(out var blocks, out _));
            var at = Enumerable.Range(0, shape.WeightsPerChannel).Select(product => QuantFunctional.FSharp.PairOrder.index(shape, channel, product));
            sum += QuantFunctional.FSharp.SecondMoments.error(Assert.Single(blocks), [.. at.Select(index => (double)layer.Values[index])]);
        }

        var expected = Samples.Random(model, count).Items
            .Sum(sample => Run.Model(model.ToBytes(), sample)["y"].Values.Sum(value => (double)value * value));
        Assert.Equal(1, sum / expected, 5);
    }
}

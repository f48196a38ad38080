using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Observation;

public class LayerInputMeansTests
{
    private const int Samples = 3;

    /// <summary>A model that leaves its sizes open, samples that do not, and samples of two sizes.</summary>
    public enum Sizes
    {
        Stated,
        OfSamples,
        OfEachSample,
    }

    public static TheoryData<int, long[], long[], long[], long[], Sizes> Layers()
    {
        var layers = new TheoryData<int, long[], long[], long[], long[], Sizes>();
        foreach (var sizes in Enum.GetValues<Sizes>())
        {
            foreach (var channels in new[] { 2, 16, 32 })
            {
                layers.Add(channels, [3, 3], [1, 1], [1, 1, 1, 1], [1, 1], sizes);
                layers.Add(channels, [3, 3], [2, 2], [1, 1, 1, 1], [1, 1], sizes);
                layers.Add(channels, [1, 1], [1, 1], [0, 0, 0, 0], [1, 1], sizes);
            }

            layers.Add(16, [1, 1], [2, 2], [0, 0, 0, 0], [1, 1], sizes);
            layers.Add(16, [5, 3], [1, 1], [2, 0, 1, 2], [1, 2], sizes);
            layers.Add(3, [2, 4], [3, 1], [0, 3, 1, 0], [2, 1], sizes);
            layers.Add(4, [8, 9], [1, 1], [1, 1, 0, 0], [1, 1], sizes); // the kernel has next to no place to go
            layers.Add(4, [3], [1], [1, 1], [1], sizes);
            layers.Add(4, [3], [2], [0, 2], [2], sizes);
            layers.Add(2, [2, 2, 2], [1, 1, 1], [0, 0, 0, 1, 1, 1], [1, 1, 1], sizes);
            layers.Add(2, [2, 2, 2], [2, 1, 1], [0, 0, 0, 1, 1, 1], [1, 1, 1], sizes);
        }

        return layers;
    }

    [Fact]
    public void Of_many_samples_they_are_those_of_the_counted_ones_and_extremes_of_all()
    {
        const int Count = 131;
        var model = new ModelBuilder().Input("x", 1, 2).Random("w", 2, 3).Random("b", 3)
            .Node("MatMul", ["x", "w"], "p").Node("Add", ["p", "b"], "y").Output("y", 1, 3).Build();
        using var folder = new TemporaryFolder();
        var data = folder.Write("x.npy", Npy.Of([.. Enumerable.Range(0, 2 * Count).Select(at => (float)(at / 2))], Count, 2));
        var scheme = Scheme.Build(model, symmetric: false, new Dictionary<string, string>());
        List<long> told = [];

        var seen = Calibrator.Seen(
            scheme.Model, ["x"], BiasMeans.Inputs(scheme), new SampleSet(data, new HashSet<long>()), new Told(told), default);

        var observed = Observations.Of(seen, ["x"]);
        Assert.Equal([65.0, 65.0], Assert.Single(observed.LayerInputs).Value); // of 0, 2, 4, … 130
        Assert.Equal((0f, Count - 1f), (observed.Ranges["x"].Min, observed.Ranges["x"].Max));
        Assert.Equal(Count, observed.Samples);
        Assert.Equal((Count, true), (told[^1], told.SequenceEqual(told.Order())));
    }

    private sealed class Told(List<long> done) : IProgress<QuantizeProgress>
    {
        public void Report(QuantizeProgress value) => done.Add(value.Done);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void They_are_those_of_what_each_weight_is_multiplied_with(
        int channels, long[] kernel, long[] strides, long[] pads, long[] dilations, Sizes sizes)
    {
        var axes = kernel.Length;
        long[][] shapes = [.. Enumerable.Range(0, Samples).Select(sample =>
            Enumerable.Range(0, axes).Select(axis => 8L + axis + (sizes == Sizes.OfEachSample ? sample % 2 : 0)).ToArray())];
        var stated = sizes == Sizes.Stated ? shapes[0] : [.. shapes[0].Select(_ => -1L)];
        // a layer before it, since ONNX Runtime keeps what that makes in blocks of channels
        var model = new ModelBuilder().Input("x", [1, 1, .. stated]).Output("y", [1, 2, .. stated.Select(_ => -1)])
            .Random("v", [channels, 1, .. kernel.Select(_ => 1L)]).Node("Conv", ["x", "v"], "a")
            .Random("w", [2, channels, .. kernel])
            .Node("Conv", ["a", "w"], "y", node =>
            {
                node.SetInts("strides", strides);
                node.SetInts("pads", pads);
                node.SetInts("dilations", dilations);
            }).Build();
        using var folder = new TemporaryFolder();
        var data = Directory.CreateDirectory(folder.File("data")).FullName;
        var random = new Random(1);
        var samples = shapes.Select(shape => Enumerable.Range(0, (int)shape.Aggregate(1L, (product, size) => product * size))
            .Select(_ => random.NextSingle() - 0.3f).ToArray()).ToArray();
        for (var i = 0; i < Samples; i++)
            File.WriteAllBytes(Path.Combine(data, $"{i}.npy"), Npy.Of(samples[i], [1, 1, .. shapes[i]]));

        var scheme = Scheme.Build(model, symmetric: false, new Dictionary<string, string>());
        using var source = SampleSource.Open(data, scheme.Model);
        var seen = Calibrator.Seen(scheme.Model, ["a"], BiasMeans.Inputs(scheme), source, null, default);
        var means = Observations.Of(seen, ["a"]).LayerInputs["y"];

        var first = TensorData.Floats(model.Graph.Initializer.Single(tensor => tensor.Name == "v"));
        var places = kernel.Aggregate(1L, (product, size) => product * size);
        Assert.Equal(channels * places, means.Length);
        for (var i = 0; i < means.Length; i++)
        {
            var expected = Enumerable.Range(0, Samples).Average(sample => Mean(samples[sample], shapes[sample], i % places)) * first[i / places];
            Assert.Equal(expected, means[i], 1e-5);
        }

        double Mean(float[] values, long[] shape, long place)
        {
            var (at, sum, readings) = (new long[axes], 0.0, 1L);
            for (var axis = axes - 1; axis >= 0; axis--)
            {
                at[axis] = place % kernel[axis];
                place /= kernel[axis];
            }

            long[] outputs = [.. shape.Select((size, axis) =>
                ((size + pads[axis] + pads[axes + axis] - ((kernel[axis] - 1) * dilations[axis]) - 1) / strides[axis]) + 1)];
            readings = outputs.Aggregate(1L, (product, count) => product * count);
            for (var reading = 0L; reading < readings; reading++)
            {
                var (rest, index, stride, isInside) = (reading, 0L, 1L, true);
                for (var axis = axes - 1; axis >= 0; axis--)
                {
                    var element = (rest % outputs[axis] * strides[axis]) + (at[axis] * dilations[axis]) - pads[axis];
                    isInside &= element >= 0 && element < shape[axis];
                    index += element * stride;
                    stride *= shape[axis];
                    rest /= outputs[axis];
                }

                sum += isInside ? values[index] : 0;
            }

            return sum / readings;
        }
    }
}

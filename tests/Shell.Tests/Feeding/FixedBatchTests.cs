using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Feeding;

/// <summary>A model of a fixed batch gets its samples in groups, and what fills up the last one is not counted.</summary>
public sealed class FixedBatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4, 16)]
    [InlineData(4, 18)]
    [InlineData(8, 19)]
    [InlineData(3, 2)]
    public void A_convolution(int batch, int samples)
    {
        var data = _folder.Write("x.npy", Draw.Npy(1, samples, 3, 6, 6));
        using var fed = Fed.With(Convolution(batch), data, samples);
        using var single = Fed.With(Convolution(1), data, samples);

        Assert.Equal(single.Report.Calibration!.Digest, fed.Report.Calibration!.Digest);
        Assert.Equal(single.Report.Calibration.Inputs, fed.Report.Calibration.Inputs);
        Assert.Equal(samples * 8 * 6 * 6, fed.Comparison.Engine!.Equal);
        Assert.Equal($"y {samples}x8x6x6", fed.Executed());
        // one image is convolved like the other, so that the same ranges are seen
        Assert.Equal(Steps(single.Report), Steps(fed.Report));
    }

    [Theory]
    [InlineData(8, 20)]
    [InlineData(5, 16)]
    public void Matrices(int batch, int samples)
    {
        var model = new ModelBuilder().Input("x", batch, 16).Gemm("x", "h", 16, 24).Node("Relu", ["h"], "r").Gemm("r", "y", 24, 6)
            .Output("y", batch, 6).Build();
        using var fed = Fed.With(model, _folder.Write("x.npy", Draw.Npy(2, samples, 16)), samples);

        Assert.Equal(samples * 6, fed.Comparison.Engine!.Equal);
        Assert.Equal($"y {samples}x6", fed.Executed("y.npy"));
    }

    [Theory]
    [InlineData(4, 17)]
    [InlineData(6, 18)]
    public void Two_inputs_of_which_one_has_an_integer_type(int batch, int samples)
    {
        var model = new ModelBuilder().Input("x", batch, 8).Input("ids", DataType.Int64, batch, 2).Random("table", 10, 4)
            .Node("Gather", ["table", "ids"], "rows").Longs("shape", batch, 8).Node("Reshape", ["rows", "shape"], "flat")
            .Node("Add", ["x", "flat"], "sum").Gemm("sum", "y", 8, 5).Output("y", batch, 5).Build();
        Npy.Archive(
            _folder.File("d.npz"),
            ("x", Draw.Npy(3, samples, 8)),
            ("ids", Npy.Of([.. Enumerable.Range(0, samples * 2).Select(i => (byte)(i % 10))], samples, 2)));

        using var fed = Fed.With(model, _folder.File("d.npz"), samples, engine: false);
    }

    [Theory]
    [InlineData(4, 18)]
    [InlineData(7, 16)]
    public void The_means_that_correct_16_bit_biases_leave_out_what_fills_up(int batch, int samples)
    {
        var data = _folder.Write("x.npy", Draw.Npy(4, samples, 3, 6, 6));
        using var fed = Fed.With(Convolution(batch), data, samples, Precision.TfliteInt16, sqnrDb: 40);
        using var single = Fed.With(Convolution(1), data, samples, Precision.TfliteInt16, sqnrDb: 40);

        var (one, other) = (Biases(single.Report), Biases(fed.Report));
        Assert.All(one.Zip(other), pair => Assert.InRange(pair.First - pair.Second, -2, 2));
    }

    [Fact]
    public void Files_of_one_sample_are_grouped_and_samples_left_out()
    {
        for (var i = 0; i < 11; i++)
            _folder.Write(FormattableString.Invariant($"s{i:D2}.npy"), Draw.Npy(i, 3, 6, 6));
        using var source = SampleSource.Open(_folder.Path, Convolution(4), skipped: new HashSet<long> { 0, 5 });
        var indices = new List<string>();
        while (source.MoveNext())
            indices.Add(source.Indices);

        Assert.Equal(["1 2 3 4", "6 7 8 9", "10"], indices);
        Assert.Equal((9, 3, 3), (source.Count, source.RunCount, source.Runs));
        Assert.Equal(Draw.Floats(10, 3, 6, 6), source.Inputs[0].Floats(3).ToArray());
    }

    [Fact]
    public void A_sample_unlike_the_others_is_named_by_its_own_index()
    {
        var values = Draw.Floats(5, 24, 3, 6, 6);
        for (var i = 0; i < 3 * 36; i++)
            values[(13 * 3 * 36) + i] *= 1000;
        using var source = SampleSource.Open(_folder.Write("x.npy", Npy.Of(values, 24, 3, 6, 6)), Convolution(4));

        var observed = Calibrator.Observe(Convolution(4), ["x", "y"], source, null, default);

        Assert.All(observed.Tensors.Values, tensor => Assert.Equal(13, Assert.Single(tensor.Unlike()).Sample));
    }

    [Fact]
    public void What_fills_up_the_last_group_makes_no_range_wider_and_no_mean_other()
    {
        var values = new float[6 * 2];
        (values[0], values[10], values[11]) = (9, 5, -7);
        var model = new ModelBuilder().Input("x", 4, 2).Node("Neg", ["x"], "y").Output("y", 4, 2).Build();
        using var source = SampleSource.Open(_folder.Write("x.npy", Npy.Of(values, 6, 2)), model);

        var observed = Calibrator.Observe(model, ["x", "y"], source, null, default);

        Assert.Equal(6, observed.Samples);
        Assert.Equal(new ObservedRange(-9, 7), observed.Ranges["y"]);
        Assert.Equal(7.0 / 12, Assert.Single(observed.Inputs).Mean, 12);
    }

    [Fact]
    public async Task Labels_are_those_of_the_samples()
    {
        var model = _folder.Write("m.onnx", new ModelBuilder().Input("x", 4, 3).Node("Neg", ["x"], "y").Output("y", 4, 3).Build().ToBytes());
        var values = Draw.Floats(6, 10, 3);
        var labels = Enumerable.Range(0, 10).Select(i => (byte)ArgMin(values.AsSpan(i * 3, 3))).ToArray();
        labels[9] = (byte)((labels[9] + 1) % 3);
        Npy.Archive(_folder.File("d.npz"), ("x", Npy.Of(values, 10, 3)), ("labels", Npy.Of(labels, 10)));

        var report = await ModelComparer.CompareAsync(model, model, _folder.File("d.npz"));

        Assert.Equal((10, 0.9), (report.Samples, report.FloatTop1));
    }

    [SharedFact]
    public void The_shared_case()
    {
        using var fed = Fed.With(OnnxModel.Load(Shared.File("cases/fixed_batch4.onnx")), Shared.File("cases/fixed_batch4.npz"), 16);
        Assert.Equal("y 16x8x6x6", fed.Executed());
    }

    private static OnnxModel Convolution(int batch) => new ModelBuilder()
        .Input("x", batch, 3, 6, 6).Conv("x", "y", 3, 8).Output("y", batch, 8, 6, 6).Build();

    private static List<double> Steps(QuantizationReport report) =>
        [.. report.Plan!.Layers.SelectMany(layer => layer.Plan.Plan.WeightScale.Values)];

    private static List<long> Biases(QuantizationReport report) =>
        [.. report.Plan!.Layers.SelectMany(layer => layer.Plan.Integers.Bias)];

    private static int ArgMin(ReadOnlySpan<float> values)
    {
        var lowest = 0;
        for (var i = 1; i < values.Length; i++)
            lowest = values[i] < values[lowest] ? i : lowest;
        return lowest;
    }
}

using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;

namespace Shell.Tests.Feeding;

/// <summary>States, of which the second axis is the batch, and free dimensions of one length.</summary>
public sealed class BatchAxisTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 1)] // one layer, batch of 1
    [InlineData(1, -1)] // free batch
    [InlineData(2, 1)] // two layers
    [InlineData(2, -1)]
    [InlineData(3, -1)]
    public void A_state_of_some_layers(int layers, int batch)
    {
        using var fed = Fed.With(State(layers, batch), Data(layers, 18).WithBatchAxis("st", 1), 18);

        Assert.Equal($"y 18x8; stN 18x{layers}x1x8", fed.Executed().Replace("stN 18x1x8", "stN 18x1x1x8", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 4, 18)]
    [InlineData(2, 4, 18)]
    [InlineData(3, 5, 17)]
    public void In_a_fixed_batch_samples_are_put_along_that_axis_and_taken_from_it(int layers, int batch, int samples)
    {
        var data = Data(layers, samples).WithBatchAxis("st", 1).WithBatchAxis("stN", 1);
        using var fed = Fed.With(State(layers, batch), data, samples);
        using var single = Fed.With(State(layers, 1), data, samples);

        Assert.Equal(samples * (8 + (8 * layers)), fed.Comparison.Engine!.Equal);
        Assert.Equal(single.Report.Calibration!.Inputs, fed.Report.Calibration!.Inputs);
        Assert.Equal(single.Report.Calibration.Digest, fed.Report.Calibration.Digest);
    }

    [Fact]
    public void A_state_with_a_batch_of_its_own_needs_no_option()
    {
        Npy.Archive(_folder.File("d.npz"), ("x", Draw.Npy(1, 18, 8)), ("st", Draw.Npy(2, 18, 2, 1, 8)));
        using var fed = Fed.With(State(2, -1), _folder.File("d.npz"), 18);
    }

    [Fact]
    public void A_state_that_does_not_fit_otherwise_is_refused_with_the_option_that_it_needs()
    {
        var fault = Refused(Diagnostics.SampleShapeDiffers, () => SampleSource.Open(Data(2, 18).Path!, State(2, 1)));
        Assert.Contains("--batch-axis st=1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_axis_or_name_that_the_model_does_not_have_is_refused()
    {
        var data = Data(1, 4);
        Assert.Contains("`x`, `st`, `y`, `stN`", Refused(Diagnostics.BatchAxisWrong, () => Open(data.WithBatchAxis("state", 1))).Message, StringComparison.Ordinal);
        Refused(Diagnostics.BatchAxisWrong, () => Open(data.WithBatchAxis("st", 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.WithBatchAxis("st", -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.WithDimension("N", 0));
    }

    [Theory]
    [InlineData(4, 18)]
    [InlineData(6, 18)]
    [InlineData(18, 18)]
    public void A_free_batch_of_one_length_is_a_fixed_one(int batch, int samples)
    {
        var model = new ModelBuilder().Input("x", -1, 2, 4).Longs("shape", batch, 8).Node("Reshape", ["x", "shape"], "flat")
            .Gemm("flat", "y", 8, 5).Output("y", batch, 5).Build();
        var data = SampleData.FromFile(_folder.Write("x.npy", Draw.Npy(1, samples, 2, 4)));

        using var fed = Fed.With(model, data.WithDimension("x_0", batch), samples);

        Assert.Equal($"y {samples}x5", fed.Executed());
        Assert.Contains("x_0", Assert.Single(OnnxModel.Load(fed.Report.OutputPath!).Inputs).Type.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dimension_of_another_length_or_name_is_refused()
    {
        var model = new ModelBuilder().Input("x", 1, -1).Node("Neg", ["x"], "y").Output("y", 1, -1).Build();
        var data = SampleData.FromFile(_folder.Write("x.npy", Draw.Npy(1, 18, 6)));

        Refused(Diagnostics.SampleShapeDiffers, () => Open(data.WithDimension("x_1", 5), model));
        Open(data.WithDimension("x_1", 6), model);
        Assert.Contains("`x_1`", Refused(Diagnostics.DimensionUnknown, () => Open(data.WithDimension("T", 6), model)).Message, StringComparison.Ordinal);
    }

    [SharedFact]
    public void The_shared_case()
    {
        var model = OnnxModel.Load(Shared.File("cases/state_batch_second.onnx"));
        var data = SampleData.FromFile(Shared.File("cases/state_batch_second.npz"));
        using var told = Fed.With(model, data.WithBatchAxis("st", 1).WithBatchAxis("stN", 1), 16);
        using var untold = Fed.With(model, data, 16);
    }

    // a product of x [batch, 8] plus the first of the states [layers, batch, 8], and the states plus that
    private static OnnxModel State(int layers, int batch) => new ModelBuilder()
        .Input("x", batch, 8).Input("st", layers, batch, 8)
        .Random("w", 8, 8).Node("MatMul", ["x", "w"], "m")
        .Longs("first", 0).Longs("second", 1).Node("Slice", ["st", "first", "second", "first"], "one").Node("Squeeze", ["one", "first"], "s")
        .Node("Add", ["m", "s"], "y").Node("Unsqueeze", ["y", "first"], "y3").Node("Add", ["st", "y3"], "stN")
        .Output("y", batch, 8).Output("stN", layers, batch, 8).Build();

    private SampleData Data(int layers, int samples)
    {
        var path = _folder.File("d.npz");
        File.Delete(path);
        Npy.Archive(path, ("x", Draw.Npy(1, samples, 8)), ("st", Draw.Npy(2, samples, layers, 8)));
        return SampleData.FromFile(path);
    }

    private static void Open(SampleData data, OnnxModel? model = null) =>
        SampleSource.Open(SampleArrays.Of(data), model ?? State(1, 1)).Dispose();
}

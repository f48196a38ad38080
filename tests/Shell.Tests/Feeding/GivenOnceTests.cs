using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Feeding;

/// <summary>Inputs without an axis for samples are given once for all samples, or one for each.</summary>
public sealed class GivenOnceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public enum Kind
    {
        Rate,
        Flag,
        Shift,
        Table,
    }

    [Theory]
    [InlineData(Kind.Rate)]
    [InlineData(Kind.Flag)]
    [InlineData(Kind.Shift)]
    [InlineData(Kind.Table)]
    public void Once_is_the_same_as_the_same_for_each(Kind kind)
    {
        using var once = Fed.With(Model(kind, 1), Data("once", kind, null), 18, engine: false);
        using var each = Fed.With(Model(kind, 1), Data("each", kind, 18), 18, engine: false);

        Assert.Equal(Bytes(once.Report), Bytes(each.Report));
        Assert.DoesNotContain(once.Report.Warnings, warning => warning.Code == Diagnostics.ConstantInput.Code);
    }

    [Theory]
    [InlineData(Kind.Rate)]
    [InlineData(Kind.Flag)]
    [InlineData(Kind.Table)]
    public void Once_for_all_samples_of_a_batch(Kind kind)
    {
        using var fed = Fed.With(Model(kind, 4), Data("once", kind, null), 18, engine: false);

        var fault = Refused(Diagnostics.BatchFixed, () => SampleSource.Open(Data("each", kind, 18), Model(kind, 4)));
        Assert.Contains("give it once", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_value_for_each_sample_is_another_run_each()
    {
        Npy.Archive(_folder.File("d.npz"), ("x", Draw.Npy(1, 3, 8)), ("k", Npy.Of([8000L, 16000, 8000], 3)));
        using var source = SampleSource.Open(_folder.File("d.npz"), Model(Kind.Rate, 1));
        var rates = new List<long>();
        while (source.MoveNext())
            rates.Add(source.Inputs[1].Tensor.GetTensorDataAsSpan<long>()[0]);

        Assert.Equal([8000, 16000, 8000], rates);
        Assert.Empty(source.Inputs[1].Tensor.GetTensorTypeAndShape().Shape);
    }

    [Fact]
    public void A_free_first_axis_that_is_no_batch_is_told()
    {
        var model = new ModelBuilder().Input("x", 1, 8).Input("k", -1, 8).Random("w", 8, 4)
            .Node("MatMul", ["x", "w"], "y").Node("MatMul", ["k", "w"], "z").Output("y", 1, 4).Output("z", -1, 4).Build();
        Npy.Archive(_folder.File("d.npz"), ("x", Draw.Npy(1, 18, 8)), ("k", Draw.Npy(2, 5, 8)));

        var fault = Refused(Diagnostics.SampleCountsDiffer, () => SampleSource.Open(_folder.File("d.npz"), model));
        Assert.Contains("--batch-axis k=none", fault.Message, StringComparison.Ordinal);
        using var fed = Fed.With(model, SampleData.FromFile(_folder.File("d.npz")).WithBatchAxis("k", null), 18, engine: false);
    }

    [Fact]
    public void What_is_no_single_number_is_refused()
    {
        Npy.Archive(_folder.File("d.npz"), ("x", Draw.Npy(1, 3, 8)), ("k", Npy.Of([1L, 2, 3], 3, 1)));
        var fault = Refused(Diagnostics.SampleShapeDiffers, () => SampleSource.Open(_folder.File("d.npz"), Model(Kind.Rate, 1)));
        Assert.Contains("a single number", fault.Message, StringComparison.Ordinal);
    }

    [SharedFact]
    public void The_shared_case()
    {
        using var fed = Fed.With(
            OnnxModel.Load(Shared.File("cases/scalar_input.onnx")), Shared.File("cases/scalar_input.npz"), 16, engine: false);
    }

    // x [batch, 8] and k, which has no batch, lead to y [batch, 4]
    private static OnnxModel Model(Kind kind, int batch)
    {
        var model = new ModelBuilder().Input("x", batch, 8);
        _ = kind switch
        {
            Kind.Rate => model.Input("k", DataType.Int64).Node("Cast", ["k"], "real", "to=1").Floats("rate", [], 16000)
                .Node("Div", ["real", "rate"], "ratio").Node("Mul", ["x", "ratio"], "m"),
            Kind.Flag => model.Input("k", DataType.Bool).Node("Neg", ["x"], "n").Node("Where", ["k", "x", "n"], "m"),
            Kind.Shift => model.Input("k", 8).Node("Add", ["x", "k"], "m"),
            _ => model.Input("k", 5, 8).Node("ReduceMean", ["k"], "mean", "axes=0, keepdims=1").Node("Add", ["x", "mean"], "m"),
        };
        return model.Gemm("m", "y", 8, 4).Output("y", batch, 4).Build();
    }

    private string Data(string name, Kind kind, int? times)
    {
        var path = _folder.File($"{name}{kind}.npz");
        File.Delete(path);
        long[] count = times is { } n ? [n] : [];
        var k = kind switch
        {
            Kind.Rate => Npy.Of(Repeated([16000L]), count),
            Kind.Flag => Npy.Of(Repeated([true]), count),
            Kind.Shift => Npy.Of(Repeated(Draw.Floats(7, 8)), [.. count, 8]),
            _ => Npy.Of(Repeated(Draw.Floats(8, 5, 8)), [.. count, 5, 8]),
        };
        Npy.Archive(path, ("x", Draw.Npy(9, 18, 8)), ("k", k));
        return path;

        T[] Repeated<T>(T[] one) => [.. Enumerable.Repeat(one, times ?? 1).SelectMany(values => values)];
    }

    private static byte[] Bytes(QuantizationReport report) => File.ReadAllBytes(report.OutputPath!);
}

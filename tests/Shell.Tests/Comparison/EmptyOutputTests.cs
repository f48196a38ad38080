using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Comparison;

/// <summary>Outputs without elements, and of truth values, are compared like others.</summary>
public sealed class EmptyOutputTests
{
    public static TheoryData<int, bool, bool> Cases()
    {
        var data = new TheoryData<int, bool, bool>();
        foreach (var axis in (int[])[0, 1, 2, 3])
        {
            data.Add(axis, false, false);
            data.Add(axis, true, false);
            data.Add(axis, false, true);
        }

        return data;
    }

    [Fact]
    public async Task Truth_values_are_compared_as_0_and_1()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Conv("x", "a", 2, 3).Floats("zero", [], 0).Node("Greater", ["a", "zero"], "y")
            .Output("y", QuantFunctional.Onnx.Format.TensorProto.Types.DataType.Bool, 1, 3, 4, 4).Build().ToBytes();
        using var folder = new TemporaryFolder();
        var data = folder.Write("x.npy", Npy.Of(Enumerable.Range(0, 64).Select(i => (i % 7) - 3f).ToArray(), 2, 2, 4, 4));

        var report = await ModelComparer.CompareAsync(model, model, data);

        Assert.Equal(double.PositiveInfinity, Assert.Single(report.Outputs).SqnrDb);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_slice_past_the_end(int axis, bool withEngine, bool onProcessors)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Conv("x", "a", 2, 3).Longs("starts", 1000).Longs("ends", 2000)
            .Longs("axes", axis).Node("Slice", ["a", "starts", "ends", "axes"], "y").Output("y", -1, -1, -1, -1);
        using var folder = new TemporaryFolder();
        var quantized = Quantized.Of(model);
        var data = quantized.Samples.Write(folder.File("samples.npz"));

        var report = await ModelComparer.CompareAsync(
            quantized.Original.ToBytes(), quantized.Model.ToBytes(), data, withEngine: withEngine, onProcessors: onProcessors);

        Assert.Equal(double.PositiveInfinity, Assert.Single(report.Outputs).SqnrDb);
        Assert.Equal(1, report.Agreement);
        Assert.Empty(quantized.Report.Warnings);
    }
}

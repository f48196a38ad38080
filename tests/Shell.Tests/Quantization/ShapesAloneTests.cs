using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Positions and grids, which are computed of shapes alone, keep their values at other lengths than the calibrated one.</summary>
public class ShapesAloneTests
{
    [Fact]
    public void Positions_of_another_length_are_right()
    {
        var quantized = Quantized.Of(Positions(length: -1).Build(), Samples.Random(Positions(length: 8).Build(), 8));

        Assert.Contains("it is computed of shapes alone", quantized.LeftInFloat, StringComparison.Ordinal);
        var longer = Samples.Random(Positions(length: 40).Build(), 4);
        Assert.InRange(
            Quantized.SqnrDb(longer.Run(quantized.Original, OrtExecution.Plain)["y"], longer.Run(quantized.Model, OrtExecution.Extended)["y"]), 26, 80);
    }

    /// <summary>x + sin(position), then a layer.</summary>
    private static ModelBuilder Positions(int length) => new ModelBuilder().Input("x", 1, length, 4)
        .Node("Shape", ["x"], "shape").Initializer(TensorData.Make("one", [], [1L])).Initializer(TensorData.Make("zero", [], [0L])).Longs("last", -1)
        .Node("Gather", ["shape", "one"], "count").Node("Range", ["zero", "count", "one"], "range").Node("Cast", ["range"], "reals", "to=1")
        .Floats("one_radian", [], 1).Node("Mul", ["reals", "one_radian"], "angles").Node("Sin", ["angles"], "waves").Node("Unsqueeze", ["waves", "last"], "column")
        .Node("Add", ["x", "column"], "s").Between("w", -1, 1, 4, 3).Node("MatMul", ["s", "w"], "y").Output("y", 1, length, 3);
}

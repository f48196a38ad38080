using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>
/// Pad and Resize of opset 18 may speak of some axes alone. Between quantized convolutions ONNX Runtime turns a tensor's axes and not
/// those that such a node names, and fails at its first run.
/// </summary>
public class SomeAxesTests
{
    [Theory]
    [InlineData(2, 3, "mode=constant")]
    [InlineData(-2, -1, "mode=constant")]
    [InlineData(3, 2, "mode=reflect")]
    public void A_Pad(int first, int second, string attributes)
    {
        var model = Begun(18).Longs("pads", 1, 2, 1, 0).Longs("axes", first, second)
            .Node("Pad", ["a", "pads", "", "axes"], "b", attributes).Conv("b", "y", 4, 2).Output("y");

        var quantized = Quantized.Of(model).ExpectNear(28).ExpectSameWhenOptimized();
        Assert.Equal("", quantized.LeftInFloat);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(false, -1)]
    public void A_Resize(bool byScales, int batch)
    {
        var model = Begun(18, batch).Floats("scales", [2], 2, 2).Longs("sizes", 12, 16)
            .Node("Resize", byScales ? ["a", "", "scales"] : ["a", "", "", "sizes"], "b", "mode=nearest axes=2,3").Conv("b", "y", 4, 2).Output("y");

        Quantized.Of(model).ExpectNear(28).ExpectSameWhenOptimized();
    }

    private static ModelBuilder Begun(long opset, int batch = 1) => new ModelBuilder(opset).Input("x", batch, 2, 6, 6).Conv("x", "a", 2, 4);
}

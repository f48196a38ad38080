using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Graphs that ONNX Runtime breaks itself get a neighbour in float, and load.</summary>
public class RuntimeRefusalTests
{
    private static ModelBuilder Resized(float scale, bool isFirst = false) => new ModelBuilder().Input("x", 1, 3, 12, 12)
        .Conv("x", "a", 3, 4).Floats("scales", [4], 1, 1, scale, scale)
        .Node("Resize", [isFirst ? "x" : "a", "", "scales"], "b", "mode=cubic").Conv("b", "y", isFirst ? 3 : 4, 2, 1).Output("y");

    [Theory]
    [InlineData(0.5f)]
    [InlineData(0.75f)]
    [InlineData(0.3f)]
    public void A_cubic_resize_that_shrinks_between_two_layers(float scale)
    {
        foreach (var check in (bool[])[true, false])
        {
            var quantized = Quantized.Of(Resized(scale), request => request with { Check = check }).ExpectNear(30, OrtExecution.All);

            Assert.Contains("beside it in integers ONNX Runtime breaks node b (Resize), and refuses the model", quantized.LeftInFloat);
            Assert.Single(quantized.Report.Layers);
        }
    }

    [Fact]
    public void One_that_enlarges_keeps_both_its_layers_in_integers()
    {
        Assert.Equal("b (Resize): no integer kernel in ONNX Runtime for the mode cubic", Quantized.Of(Resized(2)).LeftInFloat);
    }
}

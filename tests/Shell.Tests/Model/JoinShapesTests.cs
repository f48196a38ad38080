using QuantFunctional;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Model;

/// <summary>How operands meet, which decides in which order ONNX Runtime adds them.</summary>
public class JoinShapesTests
{
    [Theory]
    [InlineData(new long[] { 2, 3, 4 }, new long[] { 2, 3, 4 }, "Alike")]
    [InlineData(new long[] { -1, 3, 4 }, new long[] { -1, 3, 4 }, "Alike")]
    [InlineData(new long[] { 2, 3, 4 }, new long[] { 3, 1 }, "SecondRepeats")]
    [InlineData(new long[] { 3, 1 }, new long[] { 2, 3, 4 }, "FirstRepeats")]
    [InlineData(new long[] { 2, 3, 1 }, new long[] { 2, 3, 1 }, "Alike")]
    [InlineData(new long[] { 2, 3, 1 }, new long[] { 2, 1, 1 }, "SecondRepeats")]
    [InlineData(new long[] { 2, 3, 4 }, new long[0], "SecondRepeats")]
    [InlineData(new long[] { 1, 1 }, new long[] { 1, 1 }, "FirstRepeats")]
    [InlineData(new long[] { 5, 1 }, new long[] { 1 }, "FirstRepeats")]
    [InlineData(new long[] { 2, -1 }, new long[] { 2, 4 }, "Alike FirstRepeats")]
    [InlineData(new long[] { 2, 4 }, new long[] { 2, -1 }, "Alike SecondRepeats")]
    [InlineData(new long[] { -1, -1 }, new long[] { -1, -1 }, "Alike FirstRepeats SecondRepeats")]
    [InlineData(new long[] { -1, 1 }, new long[] { -1, 1 }, "Alike FirstRepeats SecondRepeats")]
    [InlineData(null, new long[] { 4 }, "Alike FirstRepeats SecondRepeats")]
    public void Shapes_say_how_operands_meet(long[]? one, long[]? other, string expected) =>
        Assert.Equal(expected, string.Join(' ', JoinShapes.Possible(one, other)));

    [Theory]
    [InlineData(new long[] { 1000, 1 }, new long[] { 1 })]
    [InlineData(new long[] { 1000, 1 }, new long[] { 1, 1 })]
    [InlineData(new long[] { 1, 1 }, new long[] { 1000, 1 })]
    [InlineData(new long[] { 1 }, new long[] { 1000, 1 })]
    [InlineData(new long[] { 1000, 1 }, new long[] { 1000, 1 })]
    [InlineData(new long[] { 1000, 1, 1 }, new long[] { 1, 1 })]
    public void ONNX_Runtime_adds_in_that_order(long[] one, long[] other)
    {
        foreach (var seed in Enumerable.Range(1, 40))
        {
            var random = new Random(seed);
            float Step() => 0.005f + (0.05f * random.NextSingle());
            var model = new ModelBuilder().Input("a", one).Input("b", other)
                .Pair("a", "aq", Step(), random.Next(256)).Pair("b", "bq", Step(), random.Next(256))
                .Node("Add", ["aq", "bq"], "y").Pair("y", "yq", Step(), random.Next(256));
            model.Output("yq", [.. Enumerable.Repeat(-1L, Math.Max(one.Length, other.Length))]).ExpectAgreement(seed: seed);
        }
    }
}

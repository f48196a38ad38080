using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Model;

public class TensorFactsTests
{
    [Fact]
    public void Types_and_dimensions_of_all_tensors_are_inferred()
    {
        var model = new ModelBuilder().Input("x", -1, 3, 8, 8).Random("w", 4, 3, 3, 3)
            .Node("Conv", ["x", "w"], "c").Node("Shape", ["c"], "s").Node("Relu", ["c"], "y")
            .Output("y", -1, 4, 6, 6).Build();

        var facts = TensorFacts.Infer(model);

        Assert.Equal([-1, 3, 8, 8], Fact("x").Dims);
        Assert.Equal([4, 3, 3, 3], Fact("w").Dims);
        Assert.Equal([-1, 4, 6, 6], Fact("c").Dims);
        Assert.False(Fact("c").IsStatic);
        Assert.Equal(TensorProto.Types.DataType.Int64, Fact("s").Type);
        Assert.True(Fact("s").IsStatic);
        Assert.Equal(4, facts.Rank("c"));
        Assert.Null(facts.Rank("none"));

        TensorFact Fact(string tensor)
        {
            Assert.True(facts.TryGet(tensor, out var fact));
            return fact;
        }
    }

    [Fact]
    public void The_rank_of_a_scalar_is_not_told_since_it_could_be_any()
    {
        var model = new ModelBuilder().Input("x", 2, 2).Node("ReduceMax", ["x"], "y", n => n.SetInt("keepdims", 0))
            .Output("y").Build();

        var facts = TensorFacts.Infer(model);

        Assert.True(facts.TryGet("y", out var fact));
        Assert.Empty(fact.Dims);
        Assert.Null(fact.Rank);
    }
}

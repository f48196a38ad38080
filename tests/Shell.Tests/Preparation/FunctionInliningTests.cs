using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

public class FunctionInliningTests
{
    [Fact]
    public void A_call_becomes_the_functions_nodes()
    {
        var prepared = Check.Prepared(TwoBlocks());

        Assert.Equal("Conv Relu Conv Relu", Check.Operators(prepared));
        Assert.Empty(prepared.Proto.Functions);
        Assert.Equal(["a/c", "a/r", "y/c", "y/r"], prepared.Graph.Node.Select(node => node.Name));
    }

    [Fact]
    public void Functions_call_functions()
    {
        var model = TwoBlocks()
            .Function("Both", ["u", "w1", "w2"], ["v"], new ModelBuilder().Opset("local", 1)
                .Call("Block", ["u", "w1"], "m").Call("Block", ["m", "w2"], "v"))
            .Random("w3", 3, 2, 1, 1).Random("w4", 2, 3, 1, 1).Call("Both", ["y", "w3", "w4"], "z").Output("z", 1, 2, 5, 5);

        Assert.Equal("Conv Relu Conv Relu Conv Relu Conv Relu", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData(false, 0.25f)]
    [InlineData(true, 0.5f)]
    public void Attributes_come_from_the_call_or_from_the_functions_defaults(bool isGiven, float expected)
    {
        var body = new ModelBuilder().Node("LeakyRelu", ["u"], "v", node => node.Attribute.Add(new AttributeProto
        {
            Name = "alpha",
            Type = AttributeProto.Types.AttributeType.Float,
            RefAttrName = "slope",
        }));
        var model = new ModelBuilder().Input("x", 2, 3)
            .Function("Leaky", ["u"], ["v"], body, function => function.AttributeProto.Add(new AttributeProto
            {
                Name = "slope",
                Type = AttributeProto.Types.AttributeType.Float,
                F = 0.25f,
            }))
            .Call("Leaky", ["x"], "y", node => _ = isGiven ? SetSlope(node) : node).Output("y", 2, 3);

        Assert.Equal(expected, Check.Prepared(model).Graph.Node.Single().GetFloat("alpha", 0));

        static NodeProto SetSlope(NodeProto node)
        {
            node.SetFloat("slope", 0.5f);
            return node;
        }
    }

    [Fact]
    public void What_a_function_hands_on_and_inputs_that_a_call_leaves_out_are_kept_apart()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Floats("low", [], -0.5f)
            .Function("Bounded", ["u", "min", "max"], ["v", "same"], new ModelBuilder().Node("Clip", ["u", "min", "max"], "v")
                .Node("Identity", ["u"], "same"))
            .Node("Bounded", ["x", "low"], ["y", "z"], node => node.Domain = "local").Output("y", 2, 3).Output("z", 2, 3);

        Assert.Equal("Clip Identity", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void A_call_inside_a_branch_is_inlined_too()
    {
        var model = new ModelBuilder().Input("x", 2, 3)
            .Function("Twice", ["u"], ["v"], new ModelBuilder().Node("Add", ["u", "u"], "v"))
            .Node("ReduceMax", ["x"], "m", n => n.SetInt("keepdims", 0)).Floats("zero", [], 0f).Node("Greater", ["m", "zero"], "c")
            .If("c", "y", new ModelBuilder().Call("Twice", ["x"], "t").Output("t", 2, 3),
                new ModelBuilder().Node("Neg", ["x"], "e").Output("e", 2, 3))
            .Output("y", 2, 3);

        var prepared = Check.Prepared(model);

        var branch = GraphWalk.Bodies(prepared.Graph.Node[^1]).First();
        Assert.Equal("Add", branch.Node.Single().OpType);
    }

    [Fact]
    public void A_function_of_another_operator_set_stays_and_is_named()
    {
        var model = new ModelBuilder(17).Input("x", 1, 2, 5, 5).Random("w", 2, 2, 1, 1).Random("k", 3, 2, 3, 3)
            .Function("Old", ["u", "w"], ["v"], new ModelBuilder(13).Node("Conv", ["u", "w"], "v"))
            .Call("Old", ["x", "w"], "a").Node("Conv", ["a", "k"], "y").Output("y", 1, 3, 3, 3);

        var quantized = Quantized.Of(model);

        Assert.StartsWith("a (Old): 1 Conv inside the model's function Old stays in float", quantized.LeftInFloat);
    }

    [Fact]
    public void Functions_in_a_circle_are_refused()
    {
        var model = new ModelBuilder().Input("x", 2, 3)
            .Function("A", ["u"], ["v"], new ModelBuilder().Opset("local", 1).Call("B", ["u"], "v"))
            .Function("B", ["u"], ["v"], new ModelBuilder().Opset("local", 1).Call("A", ["u"], "v"))
            .Call("A", ["x"], "y").Output("y", 2, 3).Build();

        Assert.Contains("its function A calls itself", Check.Refusal(() => FunctionInlining.Inlined(model)));
    }

    [Fact]
    public void Functions_that_multiply_without_end_are_refused_before_memory_is_taken()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Function("F0", ["u"], ["v"], new ModelBuilder().Node("Relu", ["u"], "v"));
        for (var level = 1; level <= 24; level++)
        {
            model.Function($"F{level}", ["u"], ["v"], new ModelBuilder().Opset("local", 1)
                .Call($"F{level - 1}", ["u"], "m").Call($"F{level - 1}", ["m"], "v"));
        }

        var built = model.Call("F24", ["x"], "y").Output("y", 2, 3).Build();

        Assert.Contains("more than 1000000 nodes", Check.Refusal(() => FunctionInlining.Inlined(built)));
    }

    private static ModelBuilder TwoBlocks() => new ModelBuilder().Input("x", 1, 2, 5, 5).Random("w1", 4, 2, 1, 1).Random("w2", 2, 4, 1, 1)
        .Function("Block", ["u", "w"], ["r"], new ModelBuilder().Node("Conv", ["u", "w"], "c").Node("Relu", ["c"], "r"))
        .Call("Block", ["x", "w1"], "a").Call("Block", ["a", "w2"], "y").Output("y", 1, 2, 5, 5);
}

using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

public class ConstantFoldingTests
{
    [Fact]
    public void Constant_nodes_become_initializers_whatever_their_form()
    {
        var model = new ModelBuilder().Input("x", 2, 2)
            .Node("Constant", [], "k", n => n.SetTensor("value", TensorData.Make("", [2], [1f, 2f])))
            .Node("Constant", [], "f", n => n.SetFloat("value_float", 0.5f))
            .Node("Constant", [], "s", n => n.SetInts("value_ints", [4]))
            .Node("Add", ["x", "k"], "a").Node("Mul", ["a", "f"], "b").Node("Reshape", ["b", "s"], "y")
            .Output("y", 4);

        var prepared = Check.Prepared(model);

        Assert.Equal("Add Mul Reshape", Check.Operators(prepared));
        Assert.Equal(["k", "f", "s"], prepared.Graph.Initializer.Select(t => t.Name));
    }

    [Fact]
    public void Initializers_are_no_inputs_any_more()
    {
        var model = new ModelBuilder(8, ir: 3).Input("x", 2, 2).Input("k", 2).Floats("k", [2], 1, 2)
            .Node("Add", ["x", "k"], "y").Output("y", 2, 2);

        var prepared = Check.Prepared(model);

        Assert.Equal(["x"], prepared.Graph.Input.Select(i => i.Name));
        Assert.Equal(7, prepared.Proto.IrVersion);
    }

    [Fact]
    public void What_is_computed_from_constants_is_stored()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Random("w", 4, 3).Longs("s", 3, 4)
            .Node("Transpose", ["w"], "t").Node("Reshape", ["t", "s"], "r").Node("Exp", ["r"], "e")
            .Node("MatMul", ["x", "e"], "y").Output("y", 2, 4);

        var prepared = Check.Prepared(model);

        Assert.Equal("MatMul", Check.Operators(prepared));
        Assert.Equal(["e"], prepared.Graph.Initializer.Select(t => t.Name));
    }

    [Fact]
    public void A_constant_whose_size_depends_on_its_values_is_stored()
    {
        var model = new ModelBuilder().Input("x", 4).Floats("k", [4], 1, 0, 3, 0)
            .Node("NonZero", ["k"], "n").Longs("m", -1).Node("Reshape", ["n", "m"], "i")
            .Node("Gather", ["x", "i"], "y").Output("y", 2);

        Assert.Equal("Gather", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void Shape_arithmetic_on_known_dimensions_is_stored()
    {
        Assert.Equal("Reshape", Check.Operators(Check.Prepared(FlattenByShape(2))));
    }

    [Fact]
    public void Shape_arithmetic_on_a_free_dimension_copies_it() =>
        Assert.Equal("Reshape", Check.Operators(Check.Prepared(FlattenByShape(-1), free: 3)));

    [Fact]
    public void A_part_of_a_shape_and_a_size_are_stored_too()
    {
        var model = new ModelBuilder(15).Input("x", 2, 3, 4)
            .Node("Shape", ["x"], "s", n =>
            {
                n.SetInt("start", -2);
                n.SetInt("end", -1);
            })
            .Node("Size", ["x"], "n").Longs("m", -1).Node("Reshape", ["n", "m"], "v")
            .Node("Div", ["v", "s"], "d").Node("Concat", ["s", "d"], "t", n => n.SetInt("axis", 0))
            .Node("Reshape", ["x", "t"], "y").Output("y", 3, 8);

        Assert.Equal("Reshape", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void A_constant_output_is_still_made()
    {
        var model = new ModelBuilder().Input("x", 2).Floats("k", [2], 1, 2)
            .Node("Exp", ["k"], "e").Node("Add", ["x", "e"], "y").Output("y", 2).Output("e", 2);

        Assert.Equal(["Add", "Identity"], Check.Operators(Check.Prepared(model)).Split(' ').Order());
    }

    [Fact]
    public void Random_numbers_are_not_constant()
    {
        var model = new ModelBuilder().Input("x", 2).Floats("k", [2], 1, 2)
            .Node("RandomNormalLike", ["k"], "r").Node("Add", ["x", "r"], "y").Output("y", 2).Build();

        Assert.Equal("RandomNormalLike Add", Check.Operators(ModelPreparation.Prepare(model)));
    }

    [Fact]
    public void A_constant_that_would_swell_the_file_is_computed_when_it_runs()
    {
        var model = new ModelBuilder().Input("x", 1024, 1024).Floats("k", [], 1).Longs("s", 1024, 1024)
            .Node("Expand", ["k", "s"], "e").Node("Max", ["x", "e"], "y").Output("y", 1024, 1024);

        Assert.Equal("Expand Max", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void What_no_output_depends_on_is_dropped()
    {
        var model = new ModelBuilder().Input("x", 2).Input("unused", 3).Floats("k", [2], 1, 2)
            .Node("Add", ["x", "k"], "a").Node("Relu", ["a"], "b").Node("Exp", ["x"], "y").Output("y", 2);

        var prepared = Check.Prepared(model);

        Assert.Equal("Exp", Check.Operators(prepared));
        Assert.Empty(prepared.Graph.Initializer);
    }

    [Fact]
    public void Constants_that_cannot_be_computed_are_refused_by_file()
    {
        var model = new ModelBuilder().Input("x", 2).Floats("k", [2], 1, 2).Longs("i", 7)
            .Node("Gather", ["k", "i"], "g").Node("Add", ["x", "g"], "y").Output("y", 2).Build();

        Assert.StartsWith("test.onnx: ", Check.Refusal(() => ModelPreparation.Prepare(model)));
    }

    private static ModelBuilder FlattenByShape(long batch) => new ModelBuilder().Input("x", batch, 3, 4)
        .Node("Shape", ["x"], "s").Initializer(TensorData.Make("zero", [], [0L]))
        .Node("Gather", ["s", "zero"], "g").Longs("axis", 0)
        .Node("Unsqueeze", ["g", "axis"], "u").Longs("rest", -1)
        .Node("Concat", ["u", "rest"], "t", n => n.SetInt("axis", 0))
        .Node("Reshape", ["x", "t"], "y").Output("y", batch, 12);
}

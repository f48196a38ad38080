using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

public class RewritingTests
{
    [Fact]
    public void Identities_and_dropouts_vanish_and_outputs_keep_their_names()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Node("Identity", ["x"], "i").Node("Relu", ["i"], "r")
            .Node("Dropout", ["r"], "d").Node("Identity", ["d"], "y").Node("Exp", ["r"], "z")
            .Output("z", 2, 3).Output("y", 2, 3);

        var prepared = Check.Prepared(model);

        Assert.Equal("Relu Exp", Check.Operators(prepared));
        Assert.Equal("r", prepared.Graph.Node[0].Name);
    }

    [Fact]
    public void An_identity_stays_where_only_it_can_make_an_output()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Node("Identity", ["x"], "y").Node("Relu", ["x"], "r")
            .Node("Identity", ["r"], "s").Output("y", 2, 3).Output("r", 2, 3).Output("s", 2, 3);

        Assert.Equal("Identity Relu Identity", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void One_tensor_under_two_output_names_needs_one_identity()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Node("Relu", ["x"], "r").Node("Identity", ["r"], "y")
            .Node("Identity", ["r"], "z").Output("y", 2, 3).Output("z", 2, 3);

        Assert.Equal("Relu Identity", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void Dropout_that_trains_stays()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Floats("ratio", [], 0f)
            .Initializer(TensorData.Make("training", [], TensorProto.Types.DataType.Bool, [1]))
            .Node("Dropout", ["x", "ratio", "training"], "d").Node("Relu", ["d"], "y").Output("y", 2, 3).Build();

        Assert.Equal("Dropout Relu", Check.Operators(ModelPreparation.Prepare(model)));
    }

    [Theory]
    [InlineData("constant", 0f, "Conv")]
    [InlineData("constant", 1f, "Pad Conv")]
    [InlineData("reflect", 0f, "Pad Conv")]
    public void A_pad_of_zeros_is_the_convolutions_own(string mode, float value, string operators)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 5, 6).Random("w", 3, 2, 3, 3)
            .Longs("pads", 0, 0, 1, 0, 0, 0, 2, 1).Floats("value", [], value)
            .Node("Pad", ["x", "pads", "value"], "p", n => n.SetString("mode", mode))
            .Node("Conv", ["p", "w"], "y", n => n.SetInts("pads", [1, 1, 0, 0])).Output("y", 1, 3, 7, 6);

        Assert.Equal(operators, Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void Subtraction_and_division_by_constants_become_sum_and_product()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Between("k", 0.5f, 2, 3)
            .Node("Sub", ["x", "k"], "a").Node("Div", ["a", "k"], "b").Node("Sub", ["b", "k"], "c")
            .Node("Relu", ["c"], "y").Output("y", 2, 3);

        var prepared = Check.Prepared(model);

        Assert.Equal("Add Mul Add Relu", Check.Operators(prepared));
        Assert.Equal(2, prepared.Graph.Initializer.Count);
    }

    [Fact]
    public void Constants_on_the_left_and_inverses_out_of_range_stay()
    {
        var left = new ModelBuilder().Input("x", 2).Floats("k", [], 2).Node("Sub", ["k", "x"], "a")
            .Node("Div", ["k", "a"], "y").Output("y", 2);
        var tiny = new ModelBuilder().Input("x", 2).Floats("k", [], 1e-40f).Node("Div", ["x", "k"], "y")
            .Output("y", 2).Build();

        Assert.Equal("Sub Div", Check.Operators(Check.Prepared(left)));
        Assert.Equal("Div", Check.Operators(ModelPreparation.Prepare(tiny)));
    }

    [Theory]
    [InlineData(13, 1, "GlobalAveragePool")]
    [InlineData(13, 0, "GlobalAveragePool Squeeze")]
    [InlineData(18, 0, "GlobalAveragePool Squeeze")]
    public void A_mean_over_all_pixels_is_a_global_average_pool(long opset, long keep, string expected)
    {
        var model = new ModelBuilder(opset).Input("x", 2, 3, 4, 5).Longs("axes", -1, 2)
            .Node("ReduceMean", opset < 18 ? ["x"] : ["x", "axes"], "y", n =>
            {
                n.SetInt("keepdims", keep);
                if (opset < 18)
                    n.SetInts("axes", [2, -1]);
            })
            .Output("y", keep == 1 ? [2, 3, 1, 1] : [2, 3]);

        Assert.Equal(expected, Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData("Sum", 2, "Add")]
    [InlineData("Sum", 3, "Add Add")]
    [InlineData("Mean", 2, "Add Mul")]
    [InlineData("Mean", 4, "Add Add Add Mul")]
    public void Sums_and_means_of_tensors_are_additions(string operation, int count, string expected)
    {
        var names = Enumerable.Range(0, count).Select(i => $"x{i}").ToArray();
        var model = new ModelBuilder();
        foreach (var name in names)
            model.Input(name, name == "x1" ? [3] : [2, 3]);

        Assert.Equal(expected, Check.Operators(Check.Prepared(model.Node(operation, names, "y").Output("y", 2, 3))));
    }

    [Theory]
    [InlineData(13, "GlobalMaxPool", "", "ReduceMax")]
    [InlineData(18, "GlobalMaxPool", "", "ReduceMax")]
    [InlineData(13, "SpaceToDepth", "blocksize=2", "Transpose Reshape Transpose Reshape Transpose")]
    [InlineData(13, "SpaceToDepth", "blocksize=3", "Transpose Reshape Transpose Reshape Transpose")]
    public void What_has_no_integer_kernel_is_written_as_what_has_one(long opset, string operation, string attributes, string expected)
    {
        var model = new ModelBuilder(opset).Input("x", 2, 3, 6, 12).Node(operation, ["x"], "y", attributes)
            .Output("y", operation == "GlobalMaxPool" ? [2, 3, 1, 1] : [-1, -1, -1, -1]);

        Assert.Equal(expected, Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void A_dropout_whose_mask_is_read_hands_on_its_data_all_the_same()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Node("Relu", ["x"], "r").Node("Dropout", ["r"], ["d", "m"])
            .Node("Exp", ["d"], "y").Node("Cast", ["m"], "z", n => n.SetInt("to", 1)).Output("y", 2, 3).Output("z", 2, 3);

        var prepared = Check.Prepared(model);

        Assert.Equal("Relu Dropout Exp Cast", Check.Operators(prepared));
        Assert.Equal("r", prepared.Graph.Node.Single(node => node.OpType == "Exp").Input[0]);
    }

    [Fact]
    public void A_mean_over_other_axes_stays()
    {
        var model = new ModelBuilder().Input("x", 2, 3, 4, 5)
            .Node("ReduceMean", ["x"], "a", n => n.SetInts("axes", [1]))
            .Node("ReduceMean", ["a"], "y", n => n.SetInts("axes", [3])).Output("y", 2, 1, 4, 1);

        Assert.Equal("ReduceMean ReduceMean", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData("QuantizeLinear", "")]
    [InlineData("QLinearConv", "")]
    [InlineData("MatMulInteger", "")]
    [InlineData("QGemm", "com.microsoft")]
    [InlineData("DynamicQuantizeMatMul", "com.microsoft")]
    public void Operators_on_integers_are_refused_by_node(string op, string domain)
    {
        var model = new ModelBuilder().Input("x", 2).Node(op, ["x"], "y", n => n.Domain = domain)
            .Output("y", 2).Build();

        var message = Check.Refusal(() => ModelPreparation.Prepare(model));

        Assert.Contains($"test.onnx: already quantized, as node 'y' ({op}) shows", message);
    }

    [Theory]
    [InlineData("Constant")]
    [InlineData("Identity")]
    [InlineData("Conv")]
    [InlineData("Shape")]
    public void A_node_that_lacks_inputs_is_refused_by_file(string op)
    {
        var model = new ModelBuilder().Input("x", 2).Node(op, [], "a").Node("Add", ["x", "a"], "y").Output("y", 2);

        Assert.StartsWith("test.onnx: ", Check.Refusal(() => ModelPreparation.Prepare(model.Build())));
    }

    [Theory]
    [InlineData("Identity")]
    [InlineData("Shape")]
    public void A_node_that_makes_nothing_is_dropped(string op)
    {
        var model = new ModelBuilder().Input("x", 2).Node(op, [], []).Node("Relu", ["x"], "y").Output("y", 2);

        Assert.Equal("Relu", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void A_model_that_ONNX_Runtime_cannot_load_is_refused_by_file()
    {
        var model = new ModelBuilder().Input("x", 2).Node("NoSuchOperator", ["x"], "y").Output("y", 2).Build();

        var message = Check.Refusal(() => ModelPreparation.Prepare(model));

        Assert.StartsWith("test.onnx: ONNX Runtime does not accept the model", message);
    }
}

using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

public class OpsetRaisingTests
{
    [Theory]
    [InlineData(7)]
    [InlineData(12)]
    public void Axes_and_sizes_of_parts_become_inputs(long opset)
    {
        var model = new ModelBuilder(opset, ir: 3).Input("x", 1, 6, 4)
            .Node("Squeeze", ["x"], "q", n => n.SetInts("axes", [0]))
            .Node("Unsqueeze", ["q"], "u", n => n.SetInts("axes", [1, 3]))
            .Node("ReduceSum", ["u"], "s", n => n.SetInts("axes", [2]))
            .Node("Split", ["s"], ["a", "b"], n =>
            {
                n.SetInt("axis", 0);
                n.SetInts("split", [2, 4]);
            })
            .Output("a", 2, 1, 1, 1).Output("b", 4, 1, 1, 1);

        Assert.Equal("Squeeze Unsqueeze ReduceSum Split", Check.Operators(Check.Prepared(model, free: 1)));
    }

    [Fact]
    public void What_a_loop_holds_is_raised_with_the_rest()
    {
        var body = new ModelBuilder().Input("i", TensorProto.Types.DataType.Int64).Input("go", TensorProto.Types.DataType.Bool).Input("sum", 2, 3)
            .Node("Identity", ["go"], "still").Node("Unsqueeze", ["sum"], "u", n => n.SetInts("axes", [0]))
            .Node("Softmax", ["u"], "p", n => n.SetInt("axis", 1)).Node("Squeeze", ["p"], "q", n => n.SetInts("axes", [0])).Node("Add", ["q", "x"], "next")
            .Output("still", TensorProto.Types.DataType.Bool).Output("next", 2, 3).Build().Graph;
        var model = new ModelBuilder(11).Input("x", 2, 3).Initializer(TensorData.Make("count", [], [3L]))
            .Initializer(TensorData.Make("yes", [], TensorProto.Types.DataType.Bool, [1]))
            .Node("Loop", ["count", "yes", "x"], "y", n => n.Attribute.Add(new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = body }))
            .Output("y", 2, 3);

        Assert.Equal("Loop", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData("SplitToSequence", "SequenceAt")]
    [InlineData("SequenceConstruct", "SequenceAt")]
    public void Sequences_mean_what_they_meant(string makes, string takes)
    {
        var model = new ModelBuilder(11).Input("x", 4, 3).Initializer(TensorData.Make("first", [], [0L]))
            .Node(makes, ["x"], "s").Node(takes, ["s", "first"], "y").Output("y", -1, 3);

        Assert.Equal($"{makes} {takes}", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData("Softmax", 1, "Flatten Softmax Reshape")]
    [InlineData("Softmax", 2, "Flatten Softmax Reshape")]
    [InlineData("LogSoftmax", 3, "LogSoftmax")]
    [InlineData("Hardmax", 0, "Flatten Hardmax Reshape")]
    public void Softmax_over_several_axes_works_on_a_matrix(string op, long axis, string expected)
    {
        var model = new ModelBuilder(9).Input("x", 2, 3, 4, 5).Node(op, ["x"], "y", n => n.SetInt("axis", axis))
            .Output("y", 2, 3, 4, 5);

        Assert.Equal(expected, Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void Softmax_before_axes_of_length_one_keeps_its_axis()
    {
        var model = new ModelBuilder(11).Input("x", 2, 3, 1, 1).Node("Softmax", ["x"], "y").Output("y", 2, 3, 1, 1);

        Assert.Equal("Softmax", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void Softmax_of_free_dimensions_takes_what_is_left_for_the_last()
    {
        var model = new ModelBuilder(11).Input("x", -1, 3, -1).Node("Softmax", ["x"], "y").Output("y", -1, 3, -1);

        Assert.Equal("Flatten Softmax Reshape", Check.Operators(Check.Prepared(model, free: 4)));
    }

    [Fact]
    public void Bounds_pads_and_slices_become_inputs()
    {
        var model = new ModelBuilder(8).Input("x", 2, 3, 4)
            .Node("Clip", ["x"], "c", n => n.SetFloat("max", 0.5f))
            .Node("Clip", ["c"], "d", n => n.SetFloat("min", -0.25f))
            .Node("Pad", ["d"], "p", n =>
            {
                n.SetInts("pads", [0, 0, 1, 0, 1, 2]);
                n.SetFloat("value", 0.75f);
            })
            .Node("Slice", ["p"], "s", n =>
            {
                n.SetInts("starts", [1, -3]);
                n.SetInts("ends", [4, 1000]);
                n.SetInts("axes", [1, 2]);
            })
            .Node("TopK", ["s"], ["y", "i"], n => n.SetInt("k", 2))
            .Output("y", 2, 3, 2);

        Assert.Equal("Clip Pad Slice TopK", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData(7, "nearest", 2f)]
    [InlineData(9, "nearest", 1.5f)]
    [InlineData(9, "linear", 2f)]
    [InlineData(7, "linear", 1.5f)]
    public void Upsample_becomes_Resize_with_the_same_values(long opset, string mode, float scale)
    {
        var model = new ModelBuilder(opset).Input("x", 1, 2, 6, 6);
        if (opset == 9)
            model.Floats("s", [4], 1, 1, scale, scale);
        model.Node("Upsample", opset == 9 ? ["x", "s"] : ["x"], "y", n =>
        {
            n.SetString("mode", mode);
            if (opset < 9)
                n.Attribute.Add(new AttributeProto
                {
                    Name = "scales",
                    Type = AttributeProto.Types.AttributeType.Floats,
                    Floats = { 1, 1, scale, scale },
                });
        }).Output("y", 1, 2, -1, -1);

        Assert.Equal("Resize", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData("nearest", 1.6f)]
    [InlineData("nearest", 0.6f)]
    [InlineData("linear", 0.6f)]
    [InlineData("linear", 2.5f)]
    public void Resize_of_opset_10_keeps_its_values(string mode, float scale)
    {
        var model = new ModelBuilder(10).Input("x", 1, 2, 7, 7).Floats("s", [4], 1, 1, scale, scale)
            .Node("Resize", ["x", "s"], "y", n => n.SetString("mode", mode)).Output("y", 1, 2, -1, -1);

        Assert.Equal("Resize", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void Old_forms_of_batch_normalization_and_dropout_are_understood()
    {
        var model = new ModelBuilder(7).Input("x", 1, 3, 4, 4)
            .BatchNormalization("x", "n", 3, n => n.SetInt("spatial", 1))
            .Node("Dropout", ["n"], "d", n => n.SetFloat("ratio", 0.4f)).Node("Relu", ["d"], "y")
            .Output("y", 1, 3, 4, 4);

        Assert.Equal("BatchNormalization Relu", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData(13, 7)]
    [InlineData(18, 8)]
    [InlineData(21, 10)]
    [InlineData(26, 13)]
    public void A_model_of_opset_13_or_later_keeps_it_under_an_IR_that_allows_it(long opset, long ir)
    {
        var model = new ModelBuilder(opset, ir: 4).Input("x", 2, 3).Node("Relu", ["x"], "y").Output("y", 2, 3);

        var prepared = Check.Prepared(model);

        Assert.Equal(opset, prepared.Opset);
        Assert.Equal(ir, prepared.Proto.IrVersion);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(27)]
    public void Opsets_that_are_too_old_or_too_new_are_refused(long opset)
    {
        var model = new ModelBuilder(opset).Input("x", 2, 3).Node("Relu", ["x"], "y").Output("y", 2, 3).Build();

        Assert.Contains($"test.onnx: opset {opset} is not supported", Refusal(model));
    }

    [Fact]
    public void Branches_are_raised_with_the_rest() =>
        Assert.Equal("If", Check.Operators(Check.Prepared(NestedGraphTests.Model(11))).Split(' ').Single(op => op == "If"));

    private static string Refusal(OnnxModel model) => Check.Refusal(() => ModelPreparation.Prepare(model));
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>Graphs of unusual shape: who reads what, names, bodies, side branches.</summary>
public class GraphShapeTests
{
    [Fact]
    public void A_graph_input_may_feed_several_layers()
    {
        var model = Input().Conv("x", "a", 2, 4).Conv("x", "b", 2, 4).Node("Add", ["a", "b"], "y").Output("y");

        var quantized = Quantized.Of(model).Expect("QLinearAdd×1 QLinearConv×2");

        Assert.Single(quantized.Model.Graph.Node, node => node.OpType == "QuantizeLinear" && node.Input[0] == "x");
    }

    [Fact]
    public void A_graph_input_that_is_an_output_too_stays_exact()
    {
        var model = Input().Conv("x", "y", 2, 4).Output("x").Output("y");

        var quantized = Quantized.Of(model).Expect("QLinearConv×1");

        Assert.Equal(
            quantized.Samples.Run(quantized.Original, OrtExecution.Plain)["x"],
            quantized.Samples.Run(quantized.Model, OrtExecution.Extended)["x"]);
    }

    [Fact]
    public void A_graph_output_may_feed_other_layers()
    {
        var model = Input().Conv("x", "a", 2, 4).Conv("a", "y", 4, 2).Output("a").Output("y");

        Quantized.Of(model).Expect("QLinearConv×2");
    }

    [Fact]
    public void A_Relu_does_not_vanish_where_its_input_is_a_graph_output()
    {
        var model = Input().Conv("x", "a", 2, 4).Node("Relu", ["a"], "y").Output("a").Output("y");

        Quantized.Of(model).Expect("QLinearConv×1 QLinearLeakyRelu×1");
    }

    [Fact]
    public void A_float_node_gives_a_graph_output_exactly_although_a_layer_reads_it()
    {
        var model = Input().Conv("x", "a", 2, 4).Node("Exp", ["a"], "e").Conv("e", "y", 4, 2).Output("e").Output("y");

        var quantized = Quantized.Of(model).Expect("QLinearConv×2", "Exp×1");

        Assert.Equal("Exp", new GraphIndex(quantized.Model.Graph).Producer("e")!.OpType);
    }

    [Fact]
    public void Several_inputs_are_fed_by_name()
    {
        var model = Input()
            .Input("second", 1, 3, 8, 8)
            .Conv("x", "a", 2, 4)
            .Conv("second", "b", 3, 4)
            .Node("Mul", ["a", "b"], "y")
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×2 QLinearMul×1");
    }

    [Fact]
    public void Integer_side_branches_stay_as_they_are()
    {
        var model = Input()
            .Conv("x", "a", 2, 4)
            .Node("Shape", ["a"], "shape")
            .Longs("first", 0).Longs("last", 2)
            .Node("Slice", ["shape", "first", "last"], "leading")
            .Longs("rest", -1)
            .Node("Concat", ["leading", "rest"], "target", "axis=0")
            .Node("Reshape", ["a", "target"], "y")
            .Longs("two", 2)
            .Node("Mul", ["shape", "two"], "z")
            .Output("y").Output("z", DataType.Int64);

        Quantized.Of(model).Expect("QLinearConv×1 Reshape×1");
    }

    [Fact]
    public void Integer_side_branches_of_free_dimensions_stay_as_they_are()
    {
        var model = new ModelBuilder()
            .Input("x", -1, 2, -1, -1)
            .Conv("x", "a", 2, 4)
            .Node("Shape", ["a"], "shape")
            .Longs("first", 0).Longs("last", 2)
            .Node("Slice", ["shape", "first", "last"], "leading")
            .Longs("rest", -1)
            .Node("Concat", ["leading", "rest"], "target", "axis=0")
            .Node("Reshape", ["a", "target"], "y")
            .Output("y");

        var original = model.Build();
        var samples = new Samples([.. Enumerable.Range(1, 4).Select(seed =>
            Run.RandomInputs(original, seed, free: 8).ToDictionary(
                i => i.Key, i => new FloatTensor([1, 2, 8, 8], i.Value.Values[..128])))]);
        Quantized.Of(original, samples).Expect("QLinearConv×1 Reshape×1");
    }

    [Fact]
    public void The_body_of_an_If_may_read_what_is_written_in_integers()
    {
        foreach (var outer in new[] { "a", "b", "x" })
        {
            var model = new ModelBuilder()
                .Input("x", 1, 2, 8, 8)
                .Conv("x", "a", 2, 2)
                .Node("Relu", ["a"], "b")
                .Node("ReduceMean", ["x"], "mean", "keepdims=0")
                .Floats("zero", [], 0)
                .Node("Greater", ["mean", "zero"], "positive")
                .Node("If", ["positive"], "c", node =>
                {
                    node.Attribute.Add(Body("then_branch", "Neg", outer));
                    node.Attribute.Add(Body("else_branch", "Exp", outer));
                })
                .Conv("c", "y", 2, 2)
                .Conv("b", "z", 2, 2)
                .Output("y").Output("z");

            var quantized = Quantized.Of(model);

            Assert.Equal(outer == "a" ? "QLinearConv×3 QLinearLeakyRelu×1" : "QLinearConv×3", quantized.Integers);
            quantized.ExpectNear(30).ExpectSameWhenOptimized();
        }
    }

    [Fact]
    public void Names_that_are_taken_are_not_given_again()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "x_quantized", 2, 2)
            .Conv("x_quantized", "x_dequantized", 2, 2)
            .Node("Exp", ["x_dequantized"], "x_quantized_dequantized")
            .Node("Add", ["x_quantized_dequantized", "x_quantized_2"], "x_step_size")
            .Random("x_zero_point", 2, 2, 1, 1)
            .Node("Conv", ["x_step_size", "x_zero_point"], "x_float", node => node.SetInts("pads", [0, 0, 0, 1]))
            .Random("x_quantized_2", 1)
            .Output("x_float");

        Quantized.Of(model).Expect("QLinearConv×3", "Add×1 Exp×1", sqnrDb: 25);
    }

    [Fact]
    public void Names_with_slashes_and_colons_serve_as_they_are()
    {
        var model = new ModelBuilder()
            .Input("serving_default_x:0", 1, 2, 8, 8)
            .Conv("serving_default_x:0", "/model/conv1/Conv_output_0", 2, 4)
            .Node("Relu", ["/model/conv1/Conv_output_0"], "/model/relu/Relu_output_0")
            .Conv("/model/relu/Relu_output_0", "StatefulPartitionedCall:0", 4, 2)
            .Output("StatefulPartitionedCall:0");

        var quantized = Quantized.Of(model).Expect("QLinearConv×2");

        Assert.Equal(
            ["/model/conv1/Conv_output_0", "StatefulPartitionedCall:0"],
            quantized.Report.Layers.Select(layer => layer.Name));
    }

    [Fact]
    public void A_node_without_a_name_may_have_an_output_that_is_called_like_another_node()
    {
        var model = Input()
            .Conv("x", "a", [2, 2, 3, 3], node => node.Name = "b")
            .Conv("a", "b", [2, 2, 3, 3])
            .Conv("b", "y", [2, 2, 3, 3])
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×3");
    }

    private static ModelBuilder Input() => new ModelBuilder().Input("x", 1, 2, 8, 8);

    private static AttributeProto Body(string name, string op, string reads)
    {
        var graph = new GraphProto { Name = name };
        graph.Node.Add(new NodeProto { OpType = op, Input = { reads }, Output = { $"{name}_out" } });
        graph.Output.Add(new ValueInfoProto { Name = $"{name}_out", Type = FloatType });
        return new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };
    }

    private static TypeProto FloatType => new()
    {
        TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float },
    };
}

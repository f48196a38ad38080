using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Repair;

/// <summary>Constants that layers share: what one of them needs changed stays as it is for the other.</summary>
public class SharedConstantTests
{
    private static readonly float[] Steps = [0.01f, 0.02f, 0.005f, 0.013f];

    [Fact]
    public void Weights_that_two_layers_share_change_for_the_one_that_needs_it()
    {
        // signed inputs of an operator are multiplied in full, unsigned ones in pairs
        var model = Shared(new ModelBuilder().Opset("com.microsoft", 1).Input("x", 1, 2, 6, 6), "us", 101, false);
        model = Shared(model, "si", -27, true);

        // ONNX Runtime cannot load weights that layers share where it is told to add in full
        var repaired = Repaired.Of(model).ExpectPasses().ExpectOwnIntegers();

        Assert.Equal(["us"], repaired.Report.Layers.Select(layer => layer.Name));
        repaired.ExpectChanged("w_2", "ws_2", "us.b");
        var signed = repaired.After.Graph.Node.Single(node => node.Name == "si");
        Assert.Equal(("w", "ws"), (signed.Input[3], signed.Input[4]));

        static ModelBuilder Shared(ModelBuilder model, string name, int zero, bool signed)
        {
            if (!signed)
            {
                model.Initializer(TensorData.Make("w", [4, 2, 3, 3], LayerFormTests.Weights(4, 18)))
                    .Floats("ws", [4], Steps).Initializer(TensorData.Make("wz", [4], new sbyte[4]));
            }

            return model.Floats($"{name}.s", [], 0.03f)
                .Initializer(signed ? TensorData.Make($"{name}.z", [], [(sbyte)zero]) : TensorData.Make($"{name}.z", [], [(byte)zero]))
                .Floats($"{name}.ys", [], 0.2f)
                .Initializer(signed ? TensorData.Make($"{name}.yz", [], [(sbyte)-60]) : TensorData.Make($"{name}.yz", [], [(byte)60]))
                .Initializer(TensorData.Make($"{name}.b", [4], [500, -700, 900, 3]))
                .Node("QuantizeLinear", ["x", $"{name}.s", $"{name}.z"], $"{name}.x")
                .Node("QLinearConv", [$"{name}.x", $"{name}.s", $"{name}.z", "w", "ws", "wz", $"{name}.ys", $"{name}.yz", $"{name}.b"], $"{name}.i", node => node.Name = name)
                .Node("DequantizeLinear", [$"{name}.i", $"{name}.ys", $"{name}.yz"], $"{name}.y")
                .Output($"{name}.y", 1, 4, 4, 4);
        }
    }

    [Fact]
    public void A_conversion_of_weights_that_two_layers_share_is_copied_for_the_one_that_changes()
    {
        // the second layer's kernel is depthwise for one of them alone: a group for each channel adds in full
        var model = new ModelBuilder().Input("x", 1, 1, 8, 8).Input("z", 1, 4, 8, 8)
            .Pair("x", "xq", 0.03f, 101).Pair("z", "zq", 0.03f, 101)
            .Weights("w", [4, 1, 3, 3], LayerFormTests.Weights(4, 9), Steps, 0)
            .Node("Conv", ["xq", "w"], "one", node => node.Name = "one")
            .Node("Conv", ["zq", "w"], "four", node => { node.Name = "four"; node.Set("group=4"); })
            .Pair("one", "oneq", 0.2f, 60).Pair("four", "fourq", 0.2f, 60)
            .Output("oneq", 1, 4, 6, 6).Output("fourq", 1, 4, 6, 6);

        var repaired = Repaired.Of(model).ExpectPasses().ExpectOwnIntegers();

        Assert.Equal(["one"], repaired.Report.Layers.Select(layer => layer.Name));
        repaired.ExpectChanged("w.integers_2", "w.step_2");
        Assert.Equal("w", repaired.After.Graph.Node.Single(node => node.Name == "four").Input[1]);
        Assert.Equal("w_2", repaired.After.Graph.Node.Single(node => node.Name == "one").Input[1]);
    }

    [Fact]
    public void Real_weights_behind_a_QuantizeLinear_become_integers_where_their_layer_changes()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Pair("x", "xq", 0.03f, 101)
            .Floats("r", [4, 2, 3, 3], Real(LayerFormTests.Weights(4, 18)))
            .Floats("s", [2, 4, 1, 1], Real(Array.ConvertAll(LayerFormTests.Weights(2, 4), weight => (sbyte)(weight / 2))))
            .Floats("step", [], 0.01f).Initializer(TensorData.Make("zero", [], [(sbyte)0]))
            .Node("QuantizeLinear", ["r", "step", "zero"], "ri").Node("DequantizeLinear", ["ri", "step", "zero"], "rq")
            .Node("QuantizeLinear", ["s", "step", "zero"], "si").Node("DequantizeLinear", ["si", "step", "zero"], "sq")
            .Node("Conv", ["xq", "rq"], "a", node => node.Name = "one").Pair("a", "aq", 0.2f, 60)
            .Node("Conv", ["aq", "sq"], "b", node => node.Name = "two").Pair("b", "bq", 0.4f, 60).Output("bq", 1, 2, 6, 6);

        var repaired = Repaired.Of(model).ExpectPasses().ExpectOwnIntegers();

        Assert.Equal(["one"], repaired.Report.Layers.Select(layer => layer.Name));
        repaired.ExpectChanged("ri", "step_2", "zero_2");
        Assert.DoesNotContain(repaired.After.Graph.Initializer, tensor => tensor.Name == "r");
        Assert.Contains(repaired.After.Graph.Initializer, tensor => tensor.Name == "s");

        static float[] Real(sbyte[] weights) => Array.ConvertAll(weights, weight => weight * 0.01f);
    }
}

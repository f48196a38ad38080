using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reporting;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Repair;

/// <summary>Dynamic quantization: every run finds the input's step, and the weights' step stands behind the product.</summary>
public class DynamicFormTests
{
    internal static ModelBuilder Chain(float[] steps, bool shared = false)
    {
        var model = new ModelBuilder().Input("x", 3, 20)
            .Node("DynamicQuantizeLinear", ["x"], ["xi", "xs", "xz"])
            .Initializer(TensorData.Make("w", [20, 4], LayerFormTests.Weights(4, 20, false)))
            .Floats("ws", steps.Length == 1 ? [] : [4], steps);
        Product(model, "y");
        if (shared)
            Product(model, "z");
        return model;

        void Product(ModelBuilder model, string name) => model
            .Initializer(TensorData.Make($"{name}.zero", [], [(sbyte)0]))
            .Node("MatMulInteger", ["xi", "w", "xz", $"{name}.zero"], $"{name}.sum", node => node.Name = name)
            .Node("Cast", [$"{name}.sum"], $"{name}.real", node => node.SetInt("to", (long)DataType.Float))
            .Node("Mul", ["xs", "ws"], $"{name}.step")
            .Node("Mul", [$"{name}.real", $"{name}.step"], name)
            .Output(name, 3, 4);
    }

    private static ModelBuilder Fused(string type, int steps)
    {
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 3, 20)
            .Initializer(TensorData.Make("w", [20, 4], LayerFormTests.Weights(4, 20, false)))
            .Floats("ws", steps == 1 ? [] : [4], new[] { 0.01f, 0.02f, 0.005f, 0.013f }[..steps])
            .Initializer(TensorData.Make("wz", steps == 1 ? [] : [4], new sbyte[steps]))
            .Floats("b", [4], 0.1f, 0.2f, 0.3f, 0.4f);
        if (type == "DynamicQuantizeMatMul")
            model.Node(type, ["x", "w", "ws", "wz", "b"], "y", node => { node.Domain = "com.microsoft"; node.Name = "y"; });
        else
        {
            model.Node("DynamicQuantizeLinear", ["x"], ["xi", "xs", "xz"])
                .Node(type, ["xi", "w", "xs", "ws", "xz", "wz", "b"], "y", node => { node.Domain = "com.microsoft"; node.Name = "y"; });
        }

        return model.Output("y", 3, 4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_standards_operators(int steps)
    {
        var repaired = Repaired.Of(Chain(new[] { 0.01f, 0.02f, 0.005f, 0.013f }[..steps]))
            .ExpectTheSameEverywhere().ExpectChanged("w", "ws");

        var layer = Assert.Single(repaired.Report.Layers);
        Assert.Equal(("y", "MatMulInteger", 2, 0), (layer.Name, layer.Operator, layer.Pairs, layer.Biases));
        Assert.Equal([0, 2], layer.Changed);
        Assert.Equal([4L], repaired["ws"].Dims);
        ExpectNear(repaired, "y");
    }

    [Fact]
    public void Weights_and_steps_that_two_products_share_change_for_both_since_both_add_in_pairs()
    {
        var repaired = Repaired.Of(Chain([0.01f], shared: true)).ExpectPasses();

        Assert.Equal(["y", "z"], repaired.Report.Layers.Select(layer => layer.Name));
        var inputs = Run.RandomInputs(repaired.After, 2, -4, 4);
        var (given, meant) = (Repaired.Default(repaired.After, inputs), Repaired.InFull(repaired.After, inputs));
        Assert.Equal(meant["y"].Values, given["y"].Values);
        Assert.Equal(given["y"].Values, given["z"].Values);
    }

    [Theory]
    [InlineData("DynamicQuantizeMatMul", 1)]
    [InlineData("DynamicQuantizeMatMul", 4)]
    [InlineData("MatMulIntegerToFloat", 1)]
    [InlineData("MatMulIntegerToFloat", 4)]
    public void The_forms_into_which_ONNX_Runtime_fuses_them(string type, int steps)
    {
        var repaired = Repaired.Of(Fused(type, steps)).ExpectTheSameEverywhere()
            .ExpectChanged(steps == 1 ? ["w", "ws", "wz"] : ["w", "ws"]);

        Assert.Equal([0, 2], Assert.Single(repaired.Report.Layers).Changed);
        ExpectNear(repaired, "y");
    }

    [Fact]
    public void The_repaired_chain_is_fused_as_before()
    {
        var repaired = Repaired.Of(Chain([0.01f]));

        Assert.Equal(Fusions(repaired.Before), Fusions(repaired.After));

        static string Fusions(OnnxModel model) => string.Join(
            ' ',
            FusedGraph.Count(model).Select(o => $"{o.Operator} {o.Count}"));
    }

    [Fact]
    public void A_product_behind_another_pattern_is_refused_by_name()
    {
        var model = new ModelBuilder().Input("x", 3, 20)
            .Node("DynamicQuantizeLinear", ["x"], ["xi", "xs", "xz"])
            .Initializer(TensorData.Make("w", [20, 4], LayerFormTests.Weights(4, 20, false)))
            .Node("MatMulInteger", ["xi", "w", "xz"], "sum", node => node.Name = "bare")
            .Output("sum", DataType.Int32, 3, 4);

        var refusal = Assert.Throws<QuantException>(() => Repaired.Of(model));

        Assert.Equal(FaultKind.Failed, refusal.Kind);
        Assert.Contains("node bare (MatMulInteger) cannot be repaired", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_product_of_two_activations_and_signed_inputs_times_unsigned_weights_are_named()
    {
        var model = new ModelBuilder().Input("x", 3, 20).Input("s", DataType.Int8, 4, 4).Input("c", DataType.Int8, 1, 2, 5, 5)
            .Node("DynamicQuantizeLinear", ["x"], ["xi", "xs", "xz"])
            .Initializer(TensorData.Make("w", [20, 4], Array.ConvertAll(LayerFormTests.Weights(4, 20, false), w => (sbyte)(w / 2))))
            .Initializer(TensorData.Make("u", [3, 2, 3, 3], Enumerable.Range(0, 54).Select(i => (byte)(i * 4)).ToArray()))
            .Node("MatMulInteger", ["xi", "w", "xz"], "sum", node => node.Name = "safe")
            .Node("MatMulInteger", ["s", "s"], "free", node => node.Name = "free")
            .Node("ConvInteger", ["c", "u"], "conv", node => node.Name = "exchanged")
            .Output("sum", DataType.Int32, 3, 4).Output("free", DataType.Int32, 4, 4).Output("conv", DataType.Int32, 1, 3, 3, 3);

        var report = Repaired.Of(model).Report;

        Assert.Null(report.OutputPath);
        Assert.Equal(["free", "exchanged"], report.NotUnderstood.Select(node => node.Name));
        Assert.Contains("nothing is known of 2 nodes", report.Holds, StringComparison.Ordinal);
    }

    [Fact]
    public void A_convolution_of_dynamic_quantization_adds_in_full_and_stays_as_it_is()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 6, 6)
            .Node("DynamicQuantizeLinear", ["x"], ["xi", "xs", "xz"])
            .Initializer(TensorData.Make("w", [4, 2, 3, 3], LayerFormTests.Weights(4, 18)))
            .Node("ConvInteger", ["xi", "w", "xz"], "sum")
            .Node("Cast", ["sum"], "y", node => node.SetInt("to", (long)DataType.Float))
            .Output("y", 1, 4, 4, 4);

        var repaired = Repaired.Of(model);

        Assert.Null(repaired.Report.OutputPath);
        Assert.Empty(repaired.Report.NotUnderstood);
        var inputs = Run.RandomInputs(repaired.Before, 1);
        Assert.Equal(
            Repaired.InFull(repaired.Before, inputs)["y"].Values, Repaired.Default(repaired.Before, inputs)["y"].Values);
    }

    /// <summary>What the repaired model gives is near what the one before is meant to give.</summary>
    private static void ExpectNear(Repaired repaired, string output)
    {
        var inputs = Run.RandomInputs(repaired.Before, 2, -4, 4);
        var (meant, given) = (Repaired.InFull(repaired.Before, inputs)[output], Repaired.Default(repaired.After, inputs)[output]);
        Assert.InRange(Quantized.SqnrDb(meant.Values, given.Values), 35, 100);
    }
}

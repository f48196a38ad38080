using QuantFunctional;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>The choices that a request offers, and the opsets that it may meet.</summary>
public class OptionTests
{
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(19)]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(26)]
    public void Models_of_every_opset_run_on_integers(long opset) =>
        Quantized.Of(Network(opset)).Expect(Integers);

    [Fact]
    public void Models_of_IR_3_list_their_weights_among_the_inputs()
    {
        var model = new ModelBuilder(opset: 8, ir: 3)
            .Input("x", 1, 2, 8, 8)
            .Input("y.weight", 4, 2, 3, 3)
            .Input("y.bias", 4)
            .Conv("x", "y", 2, 4)
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×1", sqnrDb: 35);
    }

    [Fact]
    public void Activations_may_have_the_zero_point_0()
    {
        var quantized = Quantized.Of(Network(13), with: r => r with { SymmetricActivations = true });

        quantized.Expect($"{Integers} QLinearLeakyRelu×2", sqnrDb: 28);
        var zeroPoints = quantized.Model.Graph.Node
            .Where(node => node.OpType == "QuantizeLinear")
            .Select(node => quantized.Model.Graph.Initializer.Single(t => t.Name == node.Input[2]).RawData.Single());
        Assert.All(zeroPoints, zeroPoint => Assert.Equal(128, zeroPoint));
    }

    [Fact]
    public void Weights_may_have_one_scale_for_the_whole_tensor()
    {
        var quantized = Quantized.Of(Network(13), with: r => r with { PerChannel = false });

        quantized.Expect(Integers, sqnrDb: 28);
        var steps = quantized.Model.Graph.Initializer.Where(t => t.Name.EndsWith("_weight_step_size")).ToList();
        Assert.Equal(4, steps.Count);
        Assert.All(steps, step => Assert.Empty(step.Dims));
    }

    public static TheoryData<Precision, bool> Precisions
    {
        get
        {
            var data = new TheoryData<Precision, bool>();
            foreach (var perChannel in new[] { true, false })
            {
                data.Add(Precision.SimaInt8, perChannel);
                data.Add(Precision.TfliteInt8, perChannel);
                data.Add(Precision.RestrictedTfliteInt8, perChannel);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Layers_of_every_8_bit_precision_run_on_integers(Precision precision, bool perChannel)
    {
        var quantized = Quantized.Of(Network(13), with: r => r with { Precision = precision, PerChannel = perChannel });

        quantized.Expect(Integers, sqnrDb: precision == Precision.TfliteInt8 ? 28 : 22);
        Assert.All(quantized.Report.Layers, layer => Assert.Equal(precision, layer.Precision));
    }

    private const string Integers = "Flatten×1 MaxPool×1 QGemm×1 QLinearAdd×1 QLinearAveragePool×1 QLinearConv×3";

    private static ModelBuilder Network(long opset) => new ModelBuilder(opset, opset < 21 ? 8 : 10)
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", 2, 4)
        .BatchNormalization("a", "b", 4)
        .Node("Relu", ["b"], "c")
        .Conv("c", "d", 4, 4)
        .Conv("d", "e", 4, 4)
        .Node("Add", ["e", "c"], "f")
        .Node("Relu", ["f"], "g")
        .Node("MaxPool", ["g"], "h", "kernel_shape=2,2 strides=2,2")
        .Node("AveragePool", ["h"], "i", "kernel_shape=2,2 strides=2,2")
        .Node("Flatten", ["i"], "j")
        .Gemm("j", "y", 16, 5)
        .Output("y");
}

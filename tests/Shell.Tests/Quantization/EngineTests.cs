using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>What other engines ask of a file, and that ONNX Runtime makes the same integers of it; tests/engines.sh runs the engines.</summary>
public class EngineTests
{
    public static TheoryData<string> Products => ["Gemm", "transB", "MatMul and Add"];

    private static ModelBuilder Product(string form) => form switch
    {
        "Gemm" => new ModelBuilder().Input("x", -1, 24).Gemm("x", "y", 24, 7).Output("y", -1, 7),
        "transB" => new ModelBuilder().Input("x", -1, 24).Random("w", 7, 24).Random("b", 7)
            .Node("Gemm", ["x", "w", "b"], "y", "transB=1").Output("y", -1, 7),
        _ => new ModelBuilder().Input("x", -1, 3, 24).Random("w", 24, 7).Node("MatMul", ["x", "w"], "p").Random("b", 7)
            .Node("Add", ["p", "b"], "y").Output("y", -1, 3, 7),
    };

    [Theory]
    [MemberData(nameof(Products))]
    public void For_OpenCV_the_bias_of_a_Gemm_is_real_and_its_integers_are_the_same(string form)
    {
        var byDefault = Quantized.Of(Product(form));
        var forOpenCV = Quantized.Of(Product(form), request => request with { For = TargetEngine.OpenCV });

        var gemm = forOpenCV.Model.Graph.Node.Single(node => node.OpType == "Gemm");
        Assert.Equal(
            TensorProto.Types.DataType.Float, TensorData.Type(new GraphIndex(forOpenCV.Model.Graph).Initializer(gemm.Input[2])!));
        Assert.Equal(byDefault.ExtendedOutputs["y"], forOpenCV.ExtendedOutputs["y"]);
        Assert.Equal(byDefault.Integers, forOpenCV.Integers);
        Assert.Equal("1.21", forOpenCV.Report.OldestRelease.Version);
        Assert.True(IntegerModel.Load(forOpenCV.Report.QuantizedModel is { Path: not null } ? forOpenCV.Model.ToBytes() : []).Certify().Passed);
    }

    [Theory]
    [InlineData("Mul", 0)]
    [InlineData("Add", 0)]
    [InlineData("Mul", 1)]
    public void A_constant_of_rank_0_names_its_axis_and_others_do_not(string join, int rank)
    {
        var quantized = Quantized.Of(new ModelBuilder().Input("x", -1, 3, 8, 8).Conv("x", "a", 3, 4).Node("Relu", ["a"], "r")
            .Floats("c", rank == 0 ? [] : [1], 0.7f).Node(join, ["r", "c"], "b")
            .Node("MaxPool", ["b"], "m", node => node.SetInts("kernel_shape", [1, 1])).Conv("m", "y", 4, 2).Output("y", -1, 2, 8, 8));

        var conversion = quantized.Model.Graph.Node.Single(node => node.OpType == "DequantizeLinear" && node.Input[0].StartsWith('c'));
        Assert.Equal(rank == 0 ? 0 : -7, conversion.GetInt("axis", -7));
        Assert.Contains($"QLinear{join}", quantized.Integers, StringComparison.Ordinal);
    }
}

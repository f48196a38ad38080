using Google.Protobuf;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Reading;

/// <summary>Weights of fewer than 8 bits, which no integer kernel of ONNX Runtime takes, and other narrow types.</summary>
public class PackedWeightsTests
{
    private static TensorProto Packed(string name, DataType type, long[] dims, params byte[] bytes) => new()
    {
        Name = name,
        Dims = { dims },
        DataType = (int)type,
        RawData = ByteString.CopyFrom(bytes),
    };

    private static OnnxModel MatMul(TensorProto weight, TensorProto? zero)
    {
        var model = new ModelBuilder(opset: 25, ir: 13).Input("x", 2, 3).Pair("x", "xq", 0.03f, 101)
            .Initializer(weight).Floats("w.s", [], 0.1f);
        if (zero is not null)
            model.Initializer(zero);
        string[] zeros = zero is null ? [] : [zero.Name];
        model.Node("DequantizeLinear", [weight.Name, "w.s", .. zeros], "w")
            .Node("MatMul", ["xq", "w"], "y", node => node.Name = "product");
        return model.Pair("y", "yq", 0.05f, 90).Output("yq", 2, 2).Build();
    }

    [Theory]
    [InlineData((int)DataType.Int4, new long[] { 1, -2, 7, -8, 3 })]
    [InlineData((int)DataType.Uint4, new long[] { 1, 14, 7, 8, 3 })]
    public void Two_of_4_bits_share_a_byte_the_first_in_its_low_half(int type, long[] expected)
    {
        var raw = Packed("w", (DataType)type, [5], 0xE1, 0x87, 0x03);
        var typed = new TensorProto { Name = "w", Dims = { 5 }, DataType = type, Int32Data = { 0xE1, 0x87, 0x03 } };

        Assert.Equal(expected, TensorData.Integers(raw));
        Assert.Equal(expected, TensorData.Integers(typed));
    }

    [Theory]
    [InlineData((int)DataType.Int2, new long[] { -1, 0, 1, -2, 1 })]
    [InlineData((int)DataType.Uint2, new long[] { 3, 0, 1, 2, 1 })]
    public void Four_of_2_bits_share_a_byte(int type, long[] expected) =>
        Assert.Equal(expected, TensorData.Integers(Packed("w", (DataType)type, [5], 0b10_01_00_11, 0b01)));

    [Theory]
    [InlineData((int)DataType.Int4, false)]
    [InlineData((int)DataType.Int4, true)]
    [InlineData((int)DataType.Uint4, true)]
    [InlineData((int)DataType.Int2, true)]
    [InlineData((int)DataType.Uint2, false)]
    public void A_target_with_8_bit_weights_runs_them_and_ONNX_Runtime_is_said_not_to(int number, bool withZero)
    {
        var type = (DataType)number;
        var bits = type is DataType.Int4 or DataType.Uint4 ? 4 : 2;
        byte[] bytes = bits == 4 ? [0x21, 0x43, 0x07] : [0b10_01_00_11, 0b0110];
        var weight = Packed("w.i", type, [3, 2], bytes);
        var model = MatMul(weight, withZero ? Packed("w.z", type, [], 0x01) : null);

        var own = IntegerModel.Load(model);
        var tflite = Assert.Single(IntegerModel.Load(model, Profiles.Tflite).Layers);

        Assert.Empty(own.Layers);
        var reason = Assert.Single(own.InFloat).Reason;
        Assert.Contains($"no integer kernel for {type.ToString().ToLowerInvariant()} weights", reason, StringComparison.Ordinal);
        Assert.Contains("--profile tflite", reason, StringComparison.Ordinal);
        var zero = withZero ? 1 : 0;
        Assert.Equal(TensorData.Integers(weight).Select(w => w - zero), tflite.Integers.Weights.Select(w => (long)w));
        Assert.True(tflite.Certify().Passed);
    }

    [Fact]
    public void Float8_weights_are_refused_by_name()
    {
        var own = IntegerModel.Load(MatMul(Packed("w.i", DataType.Float8E4M3Fn, [3, 2], 1, 2, 3, 4, 5, 6), null));

        Assert.Empty(own.Layers);
        Assert.Contains("no integer kernel reads float8e4m3fn", Assert.Single(own.InFloat).Reason, StringComparison.Ordinal);
        Assert.Contains("product (MatMul)", Check.Refusal(own.RequireIntegers), StringComparison.Ordinal);
    }

    [Fact]
    public void Inputs_of_a_type_that_cannot_be_passed_are_refused_by_name()
    {
        var model = new ModelBuilder(opset: 21, ir: 10).Input("x", DataType.Uint4, 2, 3)
            .Floats("s", [], 0.1f).Node("DequantizeLinear", ["x", "s"], "y").Output("y", 2, 3).Build();

        var refusal = Check.Refusal(() => IntegerModel.Load(model));

        Assert.Contains("input `x` is uint4", refusal, StringComparison.Ordinal);
        Assert.Contains("Cast", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("Unregistered", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_narrow_tensor_within_a_model_is_no_reason_to_refuse_it()
    {
        var model = new ModelBuilder(opset: 21, ir: 10).Input("x", 2, 3)
            .Node("Cast", ["x"], "narrow", node => node.SetInt("to", (long)DataType.Float8E4M3Fn))
            .Node("Cast", ["narrow"], "y", node => node.SetInt("to", (long)DataType.Float)).Output("y", 2, 3).Build();

        var facts = TensorFacts.Infer(model);

        Assert.True(facts.TryGet("narrow", out var fact));
        Assert.Equal(DataType.Float8E4M3Fn, fact.Type);
    }
}

using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Reading;

/// <summary>The types, zero points and axes of conversions that do not spell them out.</summary>
public class StoredTypesTests
{
    private static readonly sbyte[] Kernel = [.. Enumerable.Range(0, 3 * 2 * 4).Select(i => (sbyte)((i * 53 % 101) - 50))];

    /// <summary>How a model says that its integers are of a type.</summary>
    public enum Saying
    {
        /// <summary>Both conversions have a zero point.</summary>
        ZeroPoints,

        /// <summary>QuantizeLinear alone has one.</summary>
        ZeroPointOfOne,

        /// <summary>QuantizeLinear has an output_dtype, and no zero point is there.</summary>
        OutputType,

        /// <summary>Nothing is said, so that it is uint8.</summary>
        Nothing,
    }

    private static ModelBuilder Pair(ModelBuilder model, string tensor, string output, float step, Saying saying, bool signed)
    {
        model.Floats($"{output}.step", [], step);
        if (saying is Saying.ZeroPoints or Saying.ZeroPointOfOne)
        {
            model.Initializer(signed
                ? TensorData.Make($"{output}.zero", [], [(sbyte)0])
                : TensorData.Make($"{output}.zero", [], [(byte)0]));
        }

        string[] zero = [$"{output}.zero"];
        string[] ofQuantize = saying is Saying.ZeroPoints or Saying.ZeroPointOfOne ? zero : [];
        return model
            .Node("QuantizeLinear", [tensor, $"{output}.step", .. ofQuantize], $"{output}.integers", node =>
            {
                if (saying == Saying.OutputType)
                    node.SetInt("output_dtype", (long)(signed ? DataType.Int8 : DataType.Uint8));
            })
            .Node("DequantizeLinear", [$"{output}.integers", $"{output}.step", .. saying == Saying.ZeroPoints ? zero : []], output);
    }

    private static ModelBuilder Network(string operation, Saying saying, bool signed, long opset)
    {
        var model = new ModelBuilder(opset, opset > 20 ? 10 : 8).Input("x", 2, 2, 4, 4);
        Pair(model, "x", "xq", 0.03f, saying, signed);
        if (operation == "Conv")
            model.Weights("w", [3, 2, 2, 2], Kernel, [0.01f, 0.02f, 0.013f], -4);
        var step = operation == "MaxPool" ? 0.03f : 0.05f;
        model.Node(operation, operation == "Conv" ? ["xq", "w"] : ["xq"], "y", operation == "MaxPool" ? "kernel_shape=2,2" : "");
        return Pair(model, "y", "yq", step, saying, signed).Output("yq", -1, -1, -1, -1);
    }

    public static TheoryData<string, Saying, bool, long> Kinds()
    {
        var kinds = new TheoryData<string, Saying, bool, long>();
        foreach (var operation in new[] { "Conv", "MaxPool", "Sigmoid" })
        {
            foreach (var saying in Enum.GetValues<Saying>())
            {
                foreach (var opset in saying == Saying.OutputType ? new long[] { 21, 23 } : [13, 19, 21, 23])
                {
                    kinds.Add(operation, saying, false, opset);
                    if (saying != Saying.Nothing)
                        kinds.Add(operation, saying, true, opset);
                }
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Integers_have_the_type_that_the_standard_gives_them(string operation, Saying saying, bool signed, long opset)
    {
        var model = Network(operation, saying, signed, opset).Build();
        var inputs = Run.RandomInputs(model, 3, -5, 5);

        var run = IntegerModel.Load(model, ProfileOf(operation, saying, signed)).Run(inputs.ToDictionary(
            input => input.Key, input => new QuantFunctional.Formats.RealArray<float>(input.Value.Values, input.Value.Dims)));

        var integers = run.Integers.SelectMany(tensor => tensor.Values.Values).ToList();
        Assert.Equal(signed, integers.Min() < 0);
        Assert.InRange(integers.Max(), 1, signed ? 127 : 255);
        // node by node, as the file says it: the operators themselves run on real numbers there, to a step of rounding
        foreach (var (name, theirs) in Run.Model(model.ToBytes(), inputs))
        {
            var ours = run.Outputs[name].Values.ToArray();
            Assert.Equal(theirs.Values.Length, ours.Length);
            Assert.All(ours.Zip(theirs.Values), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 0.0501f));
        }
    }

    /// <summary>ONNX Runtime has no integer kernel for a layer of signed integers without a zero point.</summary>
    private static BackendProfile? ProfileOf(string operation, Saying saying, bool signed) =>
        operation == "Conv" && saying == Saying.OutputType && signed ? Profiles.Reference : null;

    [Fact]
    public void A_layer_of_signed_integers_without_a_zero_point_runs_in_float_and_that_is_said()
    {
        var model = Network("Conv", Saying.OutputType, signed: true, opset: 21).Build();
        var (session, optimized) = OptimizedGraph.Open(model, () => OrtSessions.Options());
        session.Dispose();

        var own = IntegerModel.Load(model);

        Assert.Contains(optimized!.Graph.Node, node => node.OpType == "Conv");
        Assert.Empty(own.Layers);
        Assert.Contains("output_dtype", Assert.Single(own.InFloat).Reason, StringComparison.Ordinal);
        Assert.Contains("--profile reference", Check.Refusal(own.RequireIntegers), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Saying.ZeroPointOfOne)]
    [InlineData(Saying.OutputType)]
    public void A_certificate_holds_what_signed_integers_reach(Saying saying)
    {
        var model = Network("Conv", saying, signed: true, opset: 21).Build();
        var layer = Assert.Single(IntegerModel.Load(model, ProfileOf("Conv", saying, signed: true)).Layers);

        Assert.Equal((0, 0), (layer.Integers.Input.ZeroPoint, layer.Integers.Output.ZeroPoint));
        Assert.Contains(layer.Certify().Bounds, bound => bound.Smallest < -10_000);
        Assert.Equal(-128, layer.Integers.OutputRange.Low);
    }

    [Fact]
    public void What_only_moves_integers_keeps_their_type()
    {
        var model = new ModelBuilder().Input("x", 2, 3)
            .Floats("s", [], 0.05f).Initializer(TensorData.Make("z", [], [(sbyte)0]))
            .Node("QuantizeLinear", ["x", "s", "z"], "i")
            .Node("Transpose", ["i"], "t").Node("Reshape", ["t", "shape"], "r").Longs("shape", 6)
            .Node("DequantizeLinear", ["r", "s"], "y").Output("y", 6).Build();
        var index = new GraphIndex(model.Graph);

        Assert.Equal(DataType.Int8, new StatedTypes(model.Graph, index).Of("r"));
        Assert.Equal(DataType.Float, new StatedTypes(model.Graph, index).Of("y"));
        Assert.Null(new StatedTypes(model.Graph, index).Of("nothing"));
    }

    [Fact]
    public void What_refers_to_itself_has_no_type()
    {
        var model = new ModelBuilder().Input("x", 2, 3)
            .Node("QuantizeLinear", ["x", "r", "r"], "i")
            .Node("DequantizeLinear", ["i", "r"], "r").Output("r", 2, 3).Build();
        var index = new GraphIndex(model.Graph);

        Assert.Null(new StatedTypes(model.Graph, index).Of("r"));
        Assert.Null(new StatedTypes(model.Graph, index).Of("i"));
    }

    [SharedTheory]
    [InlineData("int8-dq-without-zero-point.onnx")]
    [InlineData("int8-maxpool-dq-without-zero-point.onnx")]
    [InlineData("int8-sigmoid-dq-without-zero-point.onnx")]
    public void Files_of_other_tools_give_ONNX_Runtimes_integers(string name)
    {
        var model = OnnxModel.Load(Shared.File($"cases/qdq/{name}"));
        using var engine = new EngineComparer(model);
        using var samples = SampleSource.Open(Shared.File("cases/qdq/x64.npy"), model);

        while (samples.MoveNext())
            engine.Add(samples);

        var result = engine.Result();
        Assert.True(result.IsThisProcessor);
        Assert.True(result.Equal >= 64);
        Assert.Equal(0, result.Differing);
        Assert.Empty(result.Operators);
    }

    [SharedFact]
    public void A_file_with_signed_integers_by_output_type_is_refused_by_name_as_ONNX_Runtime_runs_it_in_float()
    {
        var own = IntegerModel.Load(Shared.File("cases/qdq/int8-by-output-dtype.onnx"));

        Assert.Contains("output_dtype", Check.Refusal(own.RequireIntegers), StringComparison.Ordinal);
    }

    [SharedFact]
    public void The_certificate_of_a_file_without_zero_points_covers_the_negative_sums()
    {
        var model = IntegerModel.Load(Shared.File("cases/qdq/int8-dq-without-zero-point.onnx"));

        var certificate = Assert.Single(model.Layers).Certify();

        Assert.Contains(certificate.Bounds, bound => bound.Smallest <= -29_056);
    }
}

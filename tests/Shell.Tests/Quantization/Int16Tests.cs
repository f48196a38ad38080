using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>The precisions with 16-bit activations, which ONNX can say though ONNX Runtime runs them in float.</summary>
public class Int16Tests
{
    public static TheoryData<string, long, bool> Precisions
    {
        get
        {
            var data = new TheoryData<string, long, bool>();
            foreach (var precision in new[] { "sima-int16", "tflite-int16", "restricted-tflite-int16" })
            {
                foreach (var opset in new long[] { 8, 13, 20, 21, 23 })
                    data.Add(precision, opset, opset != 20);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Every_activation_is_int16(string precision, long opset, bool perChannel)
    {
        var quantized = Quantized.Of(
            Network(opset), with: r => r with { Precision = Of(precision), PerChannel = perChannel });

        // a folded factor takes up to a bit of the weights
        var expected = !perChannel ? 30 : precision == "tflite-int16" ? 40 : 36;
        quantized.ExpectNear(expected).ExpectSameWhenOptimized();
        Assert.All(quantized.Report.Layers, layer => Assert.Equal(precision, layer.Precision.Name));
        var graph = quantized.Model.Graph;
        var pairs = graph.Node.Where(node => node.OpType == "QuantizeLinear").ToList();
        Assert.Contains(pairs, pair => pair.Input[0] == "x");
        Assert.All(pairs, pair => Assert.Equal(opset < 21 ? "com.microsoft" : "", pair.Domain));
        Assert.All(pairs, pair => Assert.Equal(
            TensorProto.Types.DataType.Int16, TensorData.Type(graph.Initializer.Single(t => t.Name == pair.Input[2]))));
        Assert.Equal(
            opset < 21, quantized.Model.Proto.OpsetImport.Any(o => o.Domain == "com.microsoft" && o.Version == 1));
        Assert.Contains("no 16-bit integer kernels", Assert.Single(quantized.Report.Warnings).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_16_bit_model_passes_its_certificate_whatever_path_its_zero_points_ask_for(bool symmetric)
    {
        var quantized = Quantized.Of(
            Network(21), with: r => r with { Precision = Precision.TfliteInt16, SymmetricActivations = symmetric });

        var model = IntegerModel.Load(quantized.Model);
        Assert.Equal(
            symmetric ? ActivationPath.Int16 : ActivationPath.Int15, model.Layers.Select(layer => layer.Integers.Path).Distinct().Single());
        Assert.All(model.Certify().Layers, layer => Assert.Empty(layer.Violations));
    }

    [Fact]
    public void The_bias_in_the_file_is_the_real_one_whatever_a_target_carries_in_its_own()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Conv("x", "y", 2, 4).Output("y");
        var quantized = Quantized.Of(model, with: r => r with { Precision = Precision.SimaInt16 }, low: 0, high: 5);

        var initializers = quantized.Model.Graph.Initializer;
        var integers = TensorData.Integers(initializers.Single(t => t.Name.EndsWith("_bias_quantized")));
        var steps = TensorData.Floats(initializers.Single(t => t.Name.EndsWith("_bias_step_size")));
        var real = TensorData.Floats(quantized.Original.Graph.Initializer.Single(t => t.Name == "y.bias"));
        for (var i = 0; i < real.Length; i++)
            Assert.Equal(real[i], integers[i] * steps[i], 0.05); // the correction moves it a little
    }

    [Fact]
    public void Targets_that_multiply_whole_inputs_ask_for_zero_points_of_0()
    {
        var model = Network(13);

        var refusal = Check.Refusal(() => Quantized.Of(
            model, with: r => r with { Precision = Precision.TfliteInt16, Profile = Profiles.Tflite }));
        Assert.Contains("--symmetric-activations", refusal);

        var quantized = Quantized.Of(
            model,
            with: r => r with
            {
                Precision = Precision.TfliteInt16,
                Profile = Profiles.Tflite,
                SymmetricActivations = true,
            });
        quantized.ExpectNear(40);
        Assert.Equal(4, quantized.Report.Layers.Count);
    }

    [Theory]
    [InlineData("sima-int32", null, "sima-int32")]
    [InlineData("sima-int16", "onnxruntime", "onnxruntime")]
    [InlineData("sima-int8", "tflite", "tflite")]
    public void What_neither_ONNX_nor_the_target_can_say_is_refused_by_name(string precision, string? profile, string named)
    {
        BackendProfile? target = null;
        Assert.True(profile is null || Profiles.TryFind(profile, out target));

        Assert.Contains(named, Check.Refusal(() => Quantized.Of(
            Network(13), with: r => r with { Precision = Of(precision), Profile = target })));
    }

    [Theory]
    [InlineData("reference")]
    [InlineData("tflite-single-rounding")]
    public void Another_target_for_8_bits_still_gives_a_model_that_ONNX_Runtime_runs_on_integers(string profile)
    {
        Assert.True(Profiles.TryFind(profile, out var target));

        var quantized = Quantized.Of(Network(13), with: r => r with { Profile = target });

        Assert.Equal(("Flatten×1 MaxPool×1 QGemm×1 QLinearAdd×1 QLinearConv×3", ""), (quantized.Integers, quantized.Floats));
        // such a target adds products in full, which the kernels of x64 without VNNI do not
        quantized.ExpectNear(sqnrDb: 28, OrtExecution.Plain);
    }

    [Fact]
    public async Task Plans_know_where_the_kernel_goes()
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder()
            .Input("x", 1, 4, 9, 9)
            .Conv("x", "a", [4, 2, 3, 3], node => node.Set("group=2 strides=2,2 auto_pad=SAME_UPPER"))
            .Conv("a", "y", [4, 1, 3, 2], node => node.Set("group=4 dilations=2,1 pads=2,0,2,1"))
            .Output("y");
        var original = model.Build();
        var request = new QuantFunctional.Onnx.QuantizeRequest
        {
            Model = folder.Write("model.onnx", original.ToBytes()),
            Calibration = Samples.Random(original, 2).Write(folder.File("samples.npz")),
            PlanPath = folder.File("plan.json"),
        };
        await QuantFunctional.Onnx.OnnxQuantizer.QuantizeAsync(request);
        var document = PlanFile.Read(request.PlanPath!);

        var (first, second) = (document.Layers[0].Plan.Integers, document.Layers[1].Plan.Integers);
        Assert.Equal((2, 4), (first.Shape.Groups, second.Shape.Groups));
        Assert.Equal([2, 2], first.Geometry.Strides.ToArray());
        Assert.Equal([1, 1, 1, 1], first.Geometry.Pads.ToArray());
        Assert.Equal([2, 1], second.Geometry.Dilations.ToArray());
        Assert.Equal([2, 0, 2, 1], second.Geometry.Pads.ToArray());
    }

    private static Precision Of(string name) =>
        QuantFunctional.FSharp.BackendProfile.Precisions.Single(precision => precision.Name == name);

    private static ModelBuilder Network(long opset) => new ModelBuilder(opset, opset < 21 ? 8 : 10)
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", 2, 4)
        .Node("Relu", ["a"], "c")
        .Conv("c", "d", 4, 4)
        .Conv("d", "e", 4, 4)
        .Node("Add", ["e", "c"], "f")
        .Node("Relu", ["f"], "g")
        .Node("MaxPool", ["g"], "h", "kernel_shape=2,2 strides=2,2")
        .Node("Flatten", ["h"], "j")
        .Gemm("j", "y", 64, 5)
        .Output("y");
}

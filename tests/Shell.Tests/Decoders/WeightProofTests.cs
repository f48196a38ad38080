using Google.Protobuf;
using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Decoders;

/// <summary>What a model holds of its integer weights is what its plan says, and is as near to the float weights as it can be.</summary>
public sealed class WeightProofTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, bool, int?> Forms { get; } = new()
    {
        { "apart", "int8", false, null },
        { "apart", "int8", false, 16 },
        { "apart", "int4", false, null },
        { "apart", "int4", true, 64 },
        { "Transpose", "int8", false, null },
        { "copy", "int4", true, 16 },
        { "Gemm", "int4", false, null },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_model_is_what_its_plan_says_and_no_block_loses_more_than_the_nearest_integers(string form, string type, bool zeros, int? block)
    {
        foreach (var opset in new[] { 13, 21 })
        {
            var (quantized, plan, real) = await Quantized(opset, form, type, zeros, block);

            var report = await Verify(quantized, plan, real);

            Assert.Empty(report.Disputes.Select(dispute => dispute.Message));
            Assert.Empty(report.NotCovered);
            Assert.Equal(["rows of tokens", "a", "y"], report.Layers.Select(layer => layer.Name));
            Assert.All(report.Layers, layer => Assert.Equal((0, false, 0), (layer.Differing, layer.BySecondMoments, layer.Errors!.Above)));
            Assert.All(report.Layers, layer => Assert.InRange(layer.Errors!.SquaredError, 1e-6, layer.Errors.Nearest));
            Assert.All(report.Layers, layer => Assert.InRange(layer.Errors!.Worst.SquaredError, 0, layer.Errors.SquaredError));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Every_changed_number_is_named_with_its_place(string form, string type, bool zeros, int? block)
    {
        var random = new Random(3);
        var (quantized, plan, _) = await Quantized(21, form, type, zeros, block);
        var document = PlanFile.Read(plan);
        foreach (var tensor in OnnxModel.Load(quantized).Graph.Initializer.Where(IsOfWeights))
        {
            var changed = OnnxModel.Load(quantized);
            var bytes = tensor.RawData.ToByteArray();
            var at = random.Next(bytes.Length);
            bytes[at] ^= 1;
            changed.Graph.Initializer.Single(one => one.Name == tensor.Name).RawData = ByteString.CopyFrom(bytes);

            var report = await Verify(changed.ToBytes(), plan, real: null);

            Assert.False(report.Confirmed);
            var dispute = report.Disputes[0];
            var (element, what) = Element(tensor, at);
            Assert.Equal(what, dispute.What);
            Assert.Equal(1, report.Layers.Single(layer => layer.Name == dispute.Name).Differing);
            // the digest is the other one
            Assert.Equal(2, report.Disputes.Count);
            var planned = document.WeightOnlyLayers.Single(layer => layer.Name == dispute.Name).Plan;
            var (row, column) = Math.DivRem(element, (int)(tensor.Dims.Count == 2 ? tensor.Dims[1] : 1));
            var isRows = tensor.Name.Contains("_table_", StringComparison.Ordinal) || tensor.Dims.Count == 1;
            Assert.Equal(isRows ? row : column, dispute.Channel);
            var place = isRows ? column : row;
            if (what == "the weight")
            {
                Assert.Equal(place, dispute.Input);
                Assert.Equal(FormattableString.Invariant($"{planned.Weights[planned.Shape.Index(dispute.Channel!.Value, place, 0)]}"), dispute.Expected);
            }
            else
            {
                Assert.Equal((place, null), (dispute.Block, dispute.Input));
            }

            Assert.NotEqual(dispute.Expected, dispute.Found);
        }
    }

    [Fact]
    public async Task A_product_that_is_missing_or_of_another_kind_is_named()
    {
        var (inBytes, _, _) = await Quantized(21, "apart", "int8", zeros: false, block: 32);
        var (quantized, plan, _) = await Quantized(21, "apart", "int4", zeros: false, block: null);
        var missing = OnnxModel.Load(quantized);
        missing.Graph.Initializer.Add(TensorData.Make("real", [TokenModels.Width, TokenModels.Width], new float[TokenModels.Width * TokenModels.Width].AsSpan()));
        missing.Graph.Node.Single(node => node.Output.Contains("a")).Input[1] = "real";

        var gone = await Verify(missing.ToBytes(), plan, real: null);
        var other = await Verify(inBytes, plan, real: null);
        var more = PlanFile.Read(plan);
        PlanFile.Write(plan, more with { WeightOnlyLayers = [.. more.WeightOnlyLayers.Where(layer => layer.Name != "a")], QuantizedModel = null }, overwrite: true);
        var unknown = await Verify(quantized, plan, real: null);

        Assert.Equal("a: the whole has to be int4 weights, but is no such product or embedding with integer weights", gone.Disputes[0].Message);
        Assert.Equal("a: the type of the weights has to be int4, but is int8", other.Disputes[0].Message);
        Assert.True(unknown.Confirmed);
        Assert.Equal(["a: the plan says nothing of it"], unknown.NotCovered);
    }

    [Fact]
    public async Task Weights_that_samples_rounded_may_lose_more_in_a_block_if_the_plan_says_so()
    {
        var samples = _folder.Write("tokens.npy", Npy.Of(
            Enumerable.Range(0, 40 * 8).Select(at => (long)(at * 37 % TokenModels.Tokens)).ToArray(), 40, 8));
        var (quantized, plan, real) = await Quantized(21, "apart", "int4", zeros: false, block: null, samples);

        var stated = await Verify(quantized, plan, real);
        var unknown = await Verify(quantized, plan: null, real);

        Assert.Empty(stated.Disputes.Select(dispute => dispute.Message));
        Assert.Equal([false, true, true], stated.Layers.Select(layer => layer.BySecondMoments));
        Assert.All(stated.Layers.Skip(1), layer => Assert.True(layer.Errors!.Above > 0 && layer.Errors.SquaredError > layer.Errors.Nearest));
        Assert.Equal(["a", "y"], unknown.Disputes.Select(dispute => dispute.Name));
        Assert.All(unknown.Disputes, dispute => Assert.Equal("the squared error", dispute.What));
    }

    [Fact]
    public async Task A_changed_weight_shows_in_the_error_of_its_block_where_there_is_no_plan()
    {
        var (quantized, _, real) = await Quantized(21, "apart", "int8", zeros: false, block: 16);
        var changed = OnnxModel.Load(quantized);
        var weights = changed.Graph.Initializer.Single(tensor => tensor.Name == "a_weight_quantized");
        var bytes = weights.RawData.ToByteArray();
        var at = (37 * TokenModels.Width) + 5;
        bytes[at] = unchecked((byte)((sbyte)bytes[at] > 0 ? bytes[at] - 3 : bytes[at] + 3));
        weights.RawData = ByteString.CopyFrom(bytes);

        var report = await Verify(changed.ToBytes(), plan: null, real);

        var dispute = Assert.Single(report.Disputes);
        Assert.Equal(("a", "the squared error", 5, 2), (dispute.Name, dispute.What, dispute.Channel, dispute.Block));
        var errors = report.Layers.Single(layer => layer.Name == "a").Errors!;
        Assert.Equal(1, errors.Above);
        Assert.True(errors.FirstAbove!.SquaredError > 2 * errors.FirstAbove.Nearest);
    }

    [Fact]
    public async Task A_product_in_ONNX_Runtimes_own_operator_is_held_to_its_plan_likewise()
    {
        var (inputs, channels, block, blocks) = (40, 6, 16, 3);
        var random = new Random(8);
        float[] weights = [.. Enumerable.Range(0, inputs * channels).Select(_ => random.NextSingle() - 0.5f)];
        var spec = new WeightOnlySpec { Weights = weights, Shape = [inputs, channels], Layout = WeightLayout.IO };
        var plan = WeightOnlyPlanner.Plan(
            spec, new WeightOnlyOptions { Type = WeightType.Int4, Granularity = WeightGranularity.NewPerGroup(block), Rule = StepRule.Searched });
        var bytes = new byte[channels * blocks * block / 2];
        for (var at = 0; at < channels * blocks * block; at++)
        {
            var (channel, input) = Math.DivRem(at, blocks * block);
            var stored = 8 + (input < inputs ? plan.Weights[plan.Shape.Index(channel, input, 0)] : 0);
            bytes[at / 2] |= (byte)(stored << (4 * (at % 2)));
        }

        var document = _folder.File("nbits.json");
        PlanFile.Write(document, new PlanDocument { Layers = [], WeightOnlyLayers = [new NamedWeightOnlyPlan("p", "MatMul", plan)] });
        var right = Model(bytes);
        bytes[(blocks * block / 2) + 10] ^= 0x10;

        var confirmed = await Verify(right, document, real: null);
        var changed = await Verify(Model(bytes), document, real: null);

        Assert.Empty(confirmed.Disputes.Select(dispute => dispute.Message));
        Assert.Equal(0, Assert.Single(confirmed.Layers).Differing);
        // two weights lie in a byte
        Assert.StartsWith("p: channel 1, block 1, index 21: the weight has to be ", Assert.Single(changed.Disputes).Message, StringComparison.Ordinal);

        byte[] Model(byte[] integers) => new ModelBuilder(21, 10).Opset("com.microsoft", 1).Input("x", -1, inputs)
            .Initializer(TensorData.Make("b", [channels, blocks, block / 2], integers.AsSpan()))
            .Floats("s", [channels * blocks], [.. Enumerable.Range(0, channels * blocks).Select(at => (float)plan.StepOf(at / blocks, at % blocks * block))])
            .Node("MatMulNBits", ["x", "b", "s"], "y", node =>
            {
                (node.Domain, node.Name) = ("com.microsoft", "p");
                node.SetInt("K", inputs);
                node.SetInt("N", channels);
                node.SetInt("bits", 4);
                node.SetInt("block_size", block);
            })
            .Output("y", -1, channels).Build().ToBytes();
    }

    [Fact]
    public async Task A_float_model_of_other_products_is_no_proof_and_without_either_there_is_nothing_to_hold_to()
    {
        var (quantized, plan, real) = await Quantized(21, "apart", "int8", zeros: false, block: null);
        var small = new ModelBuilder().Input("x", -1, 4).Random("w", 4, 4).Node("MatMul", ["x", "w"], "a").Output("a", -1, 4).Build();
        var activations = _folder.File("activations.json");
        PlanFile.Write(activations, new PlanDocument { Layers = [] });

        var report = await Verify(quantized, plan: null, small.ToBytes());

        Assert.Equal(["rows of tokens", "a", "y"], report.Disputes.Select(dispute => dispute.Name));
        Assert.Same(Diagnostics.OptionNeedsAnother, (await Refused(quantized, plan: null, real: null)).Diagnostic);
        Assert.Same(Diagnostics.NoIntegerLayer, (await Refused(real, plan: null, real)).Diagnostic);
        Assert.Same(Diagnostics.OptionValueWrong, (await Refused(quantized, activations, real: null)).Diagnostic);
        Assert.Same(Diagnostics.QuantizedAlready, (await Refused(quantized, plan, quantized)).Diagnostic);
    }

    private static bool IsOfWeights(TensorProto tensor) =>
        tensor.Name.EndsWith("_quantized", StringComparison.Ordinal) || tensor.Name.EndsWith("_step_size", StringComparison.Ordinal)
        || tensor.Name.EndsWith("_zero_point", StringComparison.Ordinal);

    /// <summary>Which element a byte belongs to whose lowest bit is changed, and what that is.</summary>
    private static (int Element, string What) Element(TensorProto tensor, int at) => TensorData.Type(tensor) switch
    {
        DataType.Float => (at / sizeof(float), "the step"),
        DataType.Int8 => (at, "the weight"),
        _ => (2 * at, tensor.Name.EndsWith("_zero_point", StringComparison.Ordinal) ? "the zero point" : "the weight"),
    };

    private async Task<(byte[] Quantized, string Plan, byte[] Real)> Quantized(
        long opset, string form, string type, bool zeros, int? block, string? samples = null)
    {
        var real = (form == "apart" ? TokenModels.Apart(opset) : TokenModels.Shared(opset, form)).Build().ToBytes();
        var plan = _folder.File("plan.json");
        var report = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = real,
            Type = type == "int4" ? WeightType.Int4 : WeightType.Int8,
            ZeroPoints = zeros,
            BlockSize = block,
            PlanPath = plan,
            Overwrite = true,
            Calibration = samples is null ? null : (SampleData)samples,
        });
        // a plan that is written beside a model in memory knows no digest
        var model = report.QuantizedModel.Bytes.ToArray();
        var document = PlanFile.Read(plan);
        PlanFile.Write(plan, document with { QuantizedModel = new WrittenModel("m.onnx", ModelDigest.Of(OnnxModel.Load(model))) }, overwrite: true);
        return (model, plan, real);
    }

    private static Task<WeightsVerification> Verify(byte[] model, string? plan, byte[]? real) => ModelWeights.VerifyAsync(
        new VerifyWeightsRequest { Model = model, PlanPath = plan, Float = real is null ? null : (ModelSource)real });

    private static Task<QuantException> Refused(byte[] model, string? plan, byte[]? real) =>
        Assert.ThrowsAsync<QuantException>(() => Verify(model, plan, real));
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reading;

/// <summary>Reads a Conv, Gemm or MatMul between conversions as the integers of a layer.</summary>
/// <param name="index">The graph.</param>
/// <param name="facts">The tensors' shapes.</param>
/// <param name="target">Whose arithmetic runs.</param>
/// <param name="kernels">Which kernel a layer runs.</param>
internal sealed class LayerReader(GraphIndex index, TensorFacts facts, ReadingTarget target, KernelChoice kernels)
{
    /// <summary>Why a layer whose stored weights saturate in pairs is not read.</summary>
    internal const string NotModelled =
        "its int8 weights have a zero point, and their products as stored saturate where a processor adds them in pairs, "
        + "which is not modelled here; --profile onnxruntime-vnni reads it as processors that add in full run it";

    private const string NoZeroPoint =
        "a QuantizeLinear at it makes signed integers without a zero point (output_dtype), which ONNX Runtime has no integer "
        + "kernel for: it runs it in float; give it a zero point of 0, or --profile reference runs it on integers";

    private readonly LayerConstantsReader _constants = new(index);

    /// <summary>The layer; null, with the reason, where no integer kernel runs it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">How its input is stored.</param>
    /// <param name="weight">The integers of its weight.</param>
    /// <param name="bias">The integers of its bias; null without, or where it is real.</param>
    /// <param name="output">The integers of its output.</param>
    /// <param name="whole">How its output is stored.</param>
    /// <param name="clamped">The same, with the range that an activation leaves.</param>
    /// <param name="form">What ONNX Runtime makes of it; null where that is not known.</param>
    /// <param name="reason">Why there is none.</param>
    internal ModelLayer? Read(
        NodeProto node, Storage input, Twin weight, Twin? bias, string output, Storage whole, Storage clamped, RuntimeForm? form,
        out string reason)
    {
        if (Unusual(node) is { } unusual)
            return Refuse(unusual, out reason);
        if (LayerEncoding.Of(input) is not { } inputCode || LayerEncoding.Of(whole) is not { } outputCode)
            return Refuse("a step of its input or output is no normal float32", out reason);
        if (_constants.Read(node, input.Step, weight, bias, out reason) is not { } constants)
            return null;
        var wide = inputCode.Type != ScalarType.Int8;
        var profile = target.OfLayer(inputCode);
        if (profile.Paths.FirstOrDefault(path => path == ActivationPath.Int8 != wide) is not { } run)
            return Refuse($"the profile {profile.Name} does not run {inputCode.Type.Name} activations", out reason);
        if (!(profile.Multiplier.IsSingle24 && node.Is("Gemm")) && OtherBiasStep(constants, input.Step) is { } channel)
            return Refuse(OtherBias(channel, profile), out reason);
        if (profile.Multiplier.IsSingle24 && kernels.HasNone(node, input, whole, output))
            return Refuse(NoZeroPoint, out reason);
        if (PackedIntegers.Are(weight.Form.Type) && profile.Multiplier.IsSingle24)
            return Refuse(NoKernel(weight), out reason);
        var addsInFull = form is null
            ? kernels.AddsInFull(node, input, weight, output)
            : form.Inputs[0].Type != DataType.Uint8 || form.Inputs[1].Type != DataType.Int8;
        if (!addsInFull && weight.Form.ZeroPoints.Any(zero => zero != 0))
        {
            if (constants.SaturatesAsStored(weight.Form, profile))
                return Refuse(NotModelled, out reason);
            addsInFull = true;
        }

        if (addsInFull)
            profile = FSharp.BackendProfile.withProducts(ProductSums.InFull, profile);

        var alpha = node.Is("Gemm") ? node.GetFloat("alpha", 1) : 1;
        var steps = constants.WeightSteps;
        var factors = steps.Values.Select(step => LayerFactor.Of(profile, input.Step, step, whole.Step, alpha)).ToList();
        if (factors.Contains(null))
            return Refuse($"a factor from its accumulator to its output is none that {profile.Name} runs", out reason);
        var h = IntrinsicShift.ofPath(run, false);
        var integers = new IntegerLayer(
            profile,
            run,
            LayerGeometry.Of(node, constants.Shape.KernelSizes, Spatial(node)),
            inputCode,
            outputCode,
            constants.Weights,
            constants.Shape,
            [.. constants.Bias.Select((bias, channel) => Bias(profile, run, constants, inputCode, channel, bias) >> h)],
            LayerConstants.Each([.. factors.Select(factor => factor!.Multiplier)]),
            LayerConstants.Each([.. factors.Select(factor => factor!.Shift - h)]),
            LayerConstants.Each([.. factors.Select(_ => h)]),
            outputCode.ZeroPoint,
            LayerEncoding.Range(clamped, whole));
        var scales = LayerConstants.Each([.. steps.Values.Select(step => 1 / ((double)step * alpha))]);
        var biasSteps = constants.BiasSteps is { } claimed
            ? LayerConstants.Each([.. claimed.Values.Select(step => Math.ScaleB(step, h))])
            : null;
        return new ModelLayer(node.DisplayName(), node.OpType, integers, scales, biasSteps);
    }

    /// <summary>
    /// The first channel whose bias is stored in other steps than its products have, beyond what ONNX Runtime lets pass when
    /// it makes one operator of a Conv. Its Gemm takes a bias in any steps for one in the right ones.
    /// </summary>
    private static int? OtherBiasStep(LayerConstants constants, float inputStep)
    {
        if (constants.BiasSteps is not { } steps)
            return null;
        for (var channel = 0; channel < constants.Shape.Channels; channel++)
        {
            var product = inputStep * constants.WeightSteps[channel];
            if (Math.Abs(steps[channel] - product) > 1e-6 + (1e-2 * product))
                return channel;
        }

        return null;
    }

    private static string OtherBias(int channel, BackendProfile profile) =>
        $"the bias of its channel {channel} is stored in other steps than the input's times the weight's, "
        + (profile.Multiplier.IsSingle24 ? "so that ONNX Runtime runs it in float" : $"which no kernel of {profile.Name} adds");

    private static string NoKernel(Twin weight) =>
        $"ONNX Runtime has no integer kernel for {StorageReader.Name(weight.Form.Type)} weights and runs it in float; "
        + "--profile tflite or reference runs them as int8 values";

    private static string? Unusual(NodeProto node) => node.OpType switch
    {
        "Gemm" when node.GetInt("transA", 0) != 0 => "transA",
        "Gemm" when node.InputOrEmpty(2).Length > 0 && (node.GetFloat("alpha", 1) != 1 || node.GetFloat("beta", 1) != 1)
            => "alpha or beta is not 1",
        _ => null,
    };

    /// <summary>The bias with the input's zero point in it, where the target takes that off there.</summary>
    private static long Bias(
        BackendProfile profile, ActivationPath path, LayerConstants constants, Encoding input, int channel, long bias) =>
        profile.InputZeroPointInBias(path) ? bias - (input.ZeroPoint * constants.WeightSum(channel)) : bias;

    private IReadOnlyList<long> Spatial(NodeProto node) =>
        facts.TryGet(node.Input[0], out var fact) ? [.. fact.Dims.Skip(2)] : [];

    private static ModelLayer? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Quantization;

namespace QuantFunctional.Onnx.Reading;

/// <summary>Reads a Conv, Gemm or MatMul between conversions as the integers of a layer.</summary>
/// <param name="index">The graph.</param>
/// <param name="facts">The tensors' shapes.</param>
/// <param name="profile">The target whose arithmetic runs; null for the usual one of the activations' width.</param>
internal sealed class LayerReader(GraphIndex index, TensorFacts facts, BackendProfile? profile)
{
    private readonly LayerConstantsReader _constants = new(index);

    /// <summary>The layer; null, with the reason, where no integer kernel runs it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">How its input is stored.</param>
    /// <param name="weight">The integers of its weight.</param>
    /// <param name="bias">The integers of its bias; null without, or where it is real.</param>
    /// <param name="output">How its output is stored.</param>
    /// <param name="clamped">The same, with the range that an activation leaves.</param>
    /// <param name="reason">Why there is none.</param>
    internal ModelLayer? Read(
        NodeProto node, Storage input, Twin weight, Twin? bias, Storage output, Storage clamped, out string reason)
    {
        if (Unusual(node) is { } unusual)
            return Refuse(unusual, out reason);
        if (LayerEncoding.Of(input) is not { } inputCode || LayerEncoding.Of(output) is not { } outputCode)
            return Refuse("a step of its input or output is no normal float32", out reason);
        if (_constants.Read(node, input.Step, weight, bias, out reason) is not { } constants)
            return null;
        var wide = inputCode.Type != ScalarType.Int8;
        var target = profile ?? (wide ? OfWide(inputCode) : FSharp.BackendProfile.OnnxRuntime);
        if (target.Paths.FirstOrDefault(path => path == ActivationPath.Int8 != wide) is not { } run)
            return Refuse($"the profile {target.Name} does not run {inputCode.Type.Name} activations", out reason);

        var alpha = node.Is("Gemm") ? node.GetFloat("alpha", 1) : 1;
        var steps = constants.WeightSteps;
        var factors = steps.Values.Select(step => LayerFactor.Of(target, input.Step, step, output.Step, alpha)).ToList();
        if (factors.Contains(null))
            return Refuse($"a factor from its accumulator to its output is none that {target.Name} runs", out reason);
        var h = IntrinsicShift.ofPath(run, false);
        var integers = new IntegerLayer(
            target,
            run,
            LayerGeometry.Of(node, constants.Shape.KernelSizes, Spatial(node)),
            inputCode,
            outputCode,
            constants.Weights,
            constants.Shape,
            [.. constants.Bias.Select((bias, channel) => Bias(target, run, constants, inputCode, channel, bias) >> h)],
            LayerConstants.Each([.. factors.Select(factor => factor!.Multiplier)]),
            LayerConstants.Each([.. factors.Select(factor => factor!.Shift - h)]),
            LayerConstants.Each([.. factors.Select(_ => h)]),
            outputCode.ZeroPoint,
            LayerEncoding.Range(clamped, output));
        var scales = LayerConstants.Each([.. steps.Values.Select(step => 1 / ((double)step * alpha))]);
        return new ModelLayer(node.DisplayName(), node.OpType, integers, scales, constants.BiasSteps);
    }

    /// <summary>TFLite's kernels take 16-bit activations without a zero point alone.</summary>
    private static BackendProfile OfWide(Encoding input) =>
        input.ZeroPoint == 0 ? FSharp.BackendProfile.Tflite : FSharp.BackendProfile.Reference;

    private static string? Unusual(NodeProto node) => node.OpType switch
    {
        "Gemm" when node.GetInt("transA", 0) != 0 => "transA",
        "Gemm" when node.InputOrEmpty(2).Length > 0 && (node.GetFloat("alpha", 1) != 1 || node.GetFloat("beta", 1) != 1)
            => "alpha or beta is not 1",
        _ => null,
    };

    /// <summary>The bias with the input's zero point in it, where the target takes that off there.</summary>
    private static long Bias(
        BackendProfile target, ActivationPath path, LayerConstants constants, Encoding input, int channel, long bias) =>
        target.InputZeroPointInBias(path) ? bias - (input.ZeroPoint * constants.WeightSum(channel)) : bias;

    private IReadOnlyList<long> Spatial(NodeProto node) =>
        facts.TryGet(node.Input[0], out var fact) ? [.. fact.Dims.Skip(2)] : [];

    private static ModelLayer? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }
}

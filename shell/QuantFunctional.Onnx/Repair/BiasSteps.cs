using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>The steps of integer biases, each of which is that of the products that it is added to: xStep·wStep.</summary>
internal static class BiasSteps
{
    /// <summary>The step of each channel's bias as the file says it; null where it does not say it in a form that is known.</summary>
    internal static float[]? Of(QuantizedConstant bias, ModelEdits edits, float inputStep, float[] weightSteps, int channels)
    {
        if (bias.Step is not { } slot)
            return [.. Enumerable.Range(0, channels).Select(c => inputStep * weightSteps[weightSteps.Length == 1 ? 0 : c])];
        if (edits.Constant(slot.Tensor) is not { } step || !StoredIntegers.IsStep(step))
            return null;
        var zero = bias.Zero is { Tensor.Length: > 0 } at ? edits.Constant(at.Tensor) : null;
        if (bias.Zero is { Tensor.Length: > 0 } && (zero is null || TensorData.Integers(zero).Any(value => value != 0)))
            return null;
        var steps = TensorData.Floats(step);
        return steps.Length == channels ? steps
            : steps.Length == 1 ? [.. Enumerable.Repeat(steps[0], channels)]
            : null;
    }

    /// <summary>The same real bias in other steps, rounded to the nearest, ties to even.</summary>
    internal static long Requantized(long bias, float from, float to) =>
        (long)Math.Round(bias * (double)from / to, MidpointRounding.ToEven);
}

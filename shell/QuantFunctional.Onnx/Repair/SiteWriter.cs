using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Writes mended channels into the file, and leaves all others as they are.</summary>
/// <param name="edits">The file.</param>
internal sealed class SiteWriter(ModelEdits edits)
{
    /// <summary>Why a layer could not hold one step for each channel; null where it can.</summary>
    internal string? Obstacle(LayerSite site) =>
        edits.Model.Opset < UnfoldedLayer.FirstOpsetOfAxis
        && new[] { site.Weight, site.Bias }.Any(constant => constant is { Data.Node: { OpType: "DequantizeLinear", Domain: "" or "ai.onnx" } })
            ? $"one step for each channel needs opset {UnfoldedLayer.FirstOpsetOfAxis}, and the model has {edits.Model.Opset}; convert it "
              + "with ONNX's version converter"
            : null;

    /// <summary>Writes weights, steps and zero points of channels, and the biases that go with them.</summary>
    internal void Write(LayerSite site, IReadOnlyList<ChannelRepair> repairs)
    {
        var weight = Own(site.Weight);
        var data = edits.Constant(weight.Data.Tensor)!;
        var integers = TensorData.Integers(data);
        foreach (var repair in repairs)
        {
            for (var product = 0; product < repair.After.Weights.Length; product++)
                integers[FSharp.PairOrder.index(site.Shape, repair.Channel, product)] = repair.After.Weights[product];
        }

        edits.Replace(weight.Data, StoredIntegers.With(data, data.Dims, integers));
        WriteSteps(weight, site.Shape.Channels, repairs.Select(repair => (repair.Channel, repair.After.Step)));
        if (site.Bias is { } bias)
            WriteBias(bias, site.Shape.Channels, [.. repairs.Select(repair => (repair.Channel, repair.After.Step, repair.After.Bias))], site.InputStep!.Value);
    }

    /// <summary>Writes the biases of channels, each with the step of its weights.</summary>
    internal void WriteBias(
        QuantizedConstant bias, int channels, IReadOnlyList<(int Channel, float WeightStep, long Bias)> changes, float inputStep)
    {
        bias = Own(bias);
        var data = edits.Constant(bias.Data.Tensor)!;
        var integers = TensorData.Integers(data);
        foreach (var (channel, _, value) in changes)
            integers[channel] = value;
        edits.Replace(bias.Data, StoredIntegers.With(data, data.Dims, integers));
        if (bias.Step is not null)
            WriteSteps(bias, channels, changes.Select(change => (change.Channel, inputStep * change.WeightStep)));
    }

    private QuantizedConstant Own(QuantizedConstant constant)
    {
        if (constant.Through is not { } through)
            return constant;
        var (before, own) = edits.Isolate(through);
        return constant.Moved(before, own);
    }

    private void WriteSteps(QuantizedConstant constant, int channels, IEnumerable<(int Channel, float Step)> all)
    {
        var tensor = edits.Constant(constant.Step!.Value.Tensor)!;
        var changes = all.ToList();
        if (TensorData.Count(tensor) == 1 && changes.Count == channels && changes.DistinctBy(change => change.Step).Count() == 1)
        {
            edits.Replace(constant.Step.Value, StoredIntegers.With(tensor, tensor.Dims, [changes[0].Step]));
            return;
        }

        var steps = Spread(TensorData.Floats(tensor), channels);
        foreach (var (channel, step) in changes)
            steps[channel] = step;
        var isNew = steps.Length != TensorData.Count(tensor);
        edits.Replace(constant.Step.Value, StoredIntegers.With(tensor, isNew ? [channels] : tensor.Dims, steps));
        if (isNew && constant.Step.Value.Node is { OpType: "DequantizeLinear" } dequantize)
            dequantize.SetInt("axis", constant.Axis);
        if (constant.ZeroPerStep && constant.Zero is { Tensor.Length: > 0 } slot
            && edits.Constant(slot.Tensor) is { } zero && TensorData.Count(zero) != channels)
        {
            edits.Replace(slot, StoredIntegers.With(zero, [channels], Spread(TensorData.Integers(zero), channels)));
        }
    }

    private static T[] Spread<T>(T[] values, int channels) =>
        values.Length == channels ? values : [.. Enumerable.Repeat(values[0], channels)];
}

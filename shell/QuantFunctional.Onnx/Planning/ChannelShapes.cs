using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>What becomes of the axis of channels where a node changes a tensor's shape; null where they do not stay apart.</summary>
internal sealed class ChannelShapes(Scheme scheme)
{
    /// <summary>Channels stay apart where what lies before their axis stays, and they begin where they began.</summary>
    internal ChannelAxis? Reshaped(NodeProto node, ChannelAxis input)
    {
        if (scheme.Dims(node.Input[0]) is not { } before || scheme.Dims(node.Output[0]) is not { } after || after.Count <= input.Axis
            || !before.Take(input.Axis).SequenceEqual(after.Take(input.Axis)))
            return null;
        var behind = Behind(before);
        // with a free axis before it, a reshape could give or take from there
        if (after[input.Axis] == before[input.Axis])
            return before.Take(input.Axis).All(size => size > 0) || (behind > 0 && behind == Behind(after)) ? input : null;
        return behind > 0 && after[input.Axis] == before[input.Axis] * behind && Behind(after) == 1
            ? input with { Runs = [.. input.Runs.Select(run => run with { Length = (int)(run.Length * behind) })] }
            : null;

        long Behind(IReadOnlyList<long> dims) =>
            dims.Skip(input.Axis + 1).All(size => size > 0) ? Shapes.Behind(dims, input.Axis) : -1;
    }

    /// <summary>A Pad leaves channels as they are where it adds none.</summary>
    internal ChannelAxis? Padded(NodeProto node, ChannelAxis input)
    {
        if (scheme.Dims(node.Input[0])?.Count is not { } rank || scheme.Index.Initializer(node.InputOrEmpty(1)) is not { } constant || node.InputOrEmpty(3).Length > 0)
            return null;
        var pads = TensorData.Integers(constant);
        return pads.Length == 2 * rank && pads[input.Axis] == 0 && pads[rank + input.Axis] == 0 ? input : null;
    }

    /// <summary>A reduction of other axes leaves them apart.</summary>
    internal ChannelAxis? Reduced(NodeProto node, ChannelAxis input)
    {
        if (scheme.Dims(node.Input[0])?.Count is not { } rank)
            return null;
        var axes = node.GetInts("axes") ?? (scheme.Index.Initializer(node.InputOrEmpty(1)) is { } constant ? TensorData.Integers(constant) : []);
        int[] reduced = [.. axes.Select(axis => (int)((axis + rank) % rank))];
        if (reduced.Length == 0 || reduced.Contains(input.Axis))
            return null;
        return node.GetInt("keepdims", 1) != 0 ? input : input with { Axis = input.Axis - reduced.Count(axis => axis < input.Axis) };
    }
}

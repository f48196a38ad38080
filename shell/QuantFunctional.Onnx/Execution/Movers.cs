using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Operators that only move or choose elements, so that integers keep their meaning.</summary>
/// <remarks>Null stands for a node that no step can be made of: what it needs is not a constant, or its form is rare.</remarks>
internal sealed class Movers(GraphIndex index)
{
    /// <summary>One move for each output of a node whose input is stored so.</summary>
    /// <param name="node">The node.</param>
    /// <param name="storage">How its input is stored.</param>
    /// <param name="onStored">Whether it reads the integers themselves rather than what they stand for.</param>
    internal IReadOnlyList<Func<IntegerTensor, IntegerTensor>>? Read(NodeProto node, Storage storage, bool onStored = false)
    {
        if (!NodeAttributes.IsDefaultDomain(node.Domain))
            return null;
        Func<IntegerTensor, IntegerTensor>? move = node.OpType switch
        {
            "Identity" => x => x,
            "MaxPool" when node.Output.Count == 1 =>
                x => FSharp.Pools.maximum(PoolGeometry.Of(node, x), storage.Lowest, x),
            "Reshape" when Constant(node, 1) is { } shape => x => Reshape(x, shape, node.GetInt("allowzero", 0) != 0),
            "Flatten" => x => Flatten(x, node.GetInt("axis", 1)),
            "Squeeze" => x => Squeeze(x, Constant(node, 1) ?? [.. node.GetInts("axes") ?? []]),
            "Unsqueeze" when (Constant(node, 1) ?? node.GetInts("axes")?.ToArray()) is { } axes => x => Unsqueeze(x, axes),
            "Transpose" => x => Transpose(x, node.GetInts("perm")),
            "Slice" when node.Input.Skip(1).All(i => i.Length == 0 || index.Initializer(i) is not null) => x => Slice(node, x),
            "Gather" when index.Initializer(node.InputOrEmpty(1)) is { } indices =>
                x => Picks.Gather(x, indices, node.GetInt("axis", 0)),
            "GatherElements" when index.Initializer(node.InputOrEmpty(1)) is { } indices =>
                x => Choices.GatherElements(x, indices, node.GetInt("axis", 0)),
            "GatherND" when index.Initializer(node.InputOrEmpty(1)) is { } indices && node.GetInt("batch_dims", 0) == 0 =>
                x => Choices.GatherSlices(x, indices),
            "Compress" when index.Initializer(node.InputOrEmpty(1)) is { } condition => x => Choices.Compress(x, condition, node),
            "ReverseSequence" when Constant(node, 1) is { } lengths => x => Choices.ReverseSequence(
                x, lengths, (int)node.GetInt("batch_axis", 1), (int)node.GetInt("time_axis", 0)),
            "TopK" when Constant(node, 1) is [var count] => x => Choices.Largest(
                x, (int)count, node.GetInt("axis", -1), node.GetInt("largest", 1) != 0),
            "Pad" when Constant(node, 1) is { } pads && Filling(node, storage, onStored) is { } filling
                && (node.InputOrEmpty(3).Length == 0 || Constant(node, 3) is not null) =>
                x => Choices.Pad(x, pads, Constant(node, 3), node.GetString("mode", "constant"), filling),
            "Expand" when Constant(node, 1) is { } shape => x => Picks.Expand(x, shape),
            "Tile" when Constant(node, 1) is { } repeats => x => Picks.Tile(x, repeats),
            "DepthToSpace" => x => Picks.DepthToSpace(
                x, (int)node.GetInt("blocksize", 1), node.GetString("mode", "DCR") == "CRD"),
            "ReduceMax" when Axes(node) is { } axes => x => Picks.Extreme(x, axes, Keeps(node), Enumerable.Max),
            "ReduceMin" when Axes(node) is { } axes => x => Picks.Extreme(x, axes, Keeps(node), Enumerable.Min),
            "Resize" => NearestResize.Read(node, index),
            _ => null,
        };
        if (move is not null)
            return [move];
        return node.OpType == "Split" ? Split(node) : null;
    }

    /// <summary>The integer that a Pad adds; null where that is none.</summary>
    private int? Filling(NodeProto node, Storage storage, bool onStored)
    {
        if (node.InputOrEmpty(2).Length == 0)
            return onStored ? 0 : storage.ZeroPoint;
        if (index.Initializer(node.Input[2]) is not { } value)
            return null;
        return onStored ? (int)TensorData.Integers(value)[0] : TensorData.Floats(value) is [0] ? storage.ZeroPoint : null;
    }

    private long[]? Constant(NodeProto node, int input) =>
        index.Initializer(node.InputOrEmpty(input)) is { } tensor ? TensorData.Integers(tensor) : null;

    /// <summary>The axes to reduce, none of them for all; null where they are not constants.</summary>
    private long[]? Axes(NodeProto node) =>
        node.GetInt("noop_with_empty_axes", 0) != 0 ? null
        : node.InputOrEmpty(1).Length > 0 ? Constant(node, 1)
        : [.. node.GetInts("axes") ?? []];

    private static bool Keeps(NodeProto node) => node.GetInt("keepdims", 1) != 0;

    private static IntegerTensor Reshape(IntegerTensor x, long[] shape, bool allowZero)
    {
        var sizes = shape.Select((size, axis) => size == 0 && !allowZero ? x.Sizes[axis] : (int)size).ToArray();
        var known = sizes.Where(size => size >= 0).Aggregate(1, (product, size) => product * size);
        return Sized(x, sizes.Select(size => size >= 0 ? size : x.Values.Length / known));
    }

    private static IntegerTensor Flatten(IntegerTensor x, long axis)
    {
        var at = (int)(axis < 0 ? axis + x.Sizes.Length : axis);
        var rows = x.Sizes.Take(at).Aggregate(1, (product, size) => product * size);
        return Sized(x, [rows, x.Values.Length / rows]);
    }

    private static IntegerTensor Squeeze(IntegerTensor x, long[] axes)
    {
        var gone = axes.Select(axis => axis < 0 ? axis + x.Sizes.Length : axis).ToHashSet();
        return Sized(x, x.Sizes.Where((size, axis) => gone.Count == 0 ? size != 1 : !gone.Contains(axis)));
    }

    private static IntegerTensor Unsqueeze(IntegerTensor x, long[] axes)
    {
        var rank = x.Sizes.Length + axes.Length;
        var added = axes.Select(axis => axis < 0 ? axis + rank : axis).ToHashSet();
        var rest = new Queue<int>(x.Sizes);
        return Sized(x, Enumerable.Range(0, rank).Select(axis => added.Contains(axis) ? 1 : rest.Dequeue()));
    }

    private static IntegerTensor Sized(IntegerTensor x, IEnumerable<int> sizes) => new([.. sizes], x.Values);

    private static IntegerTensor Transpose(IntegerTensor x, IReadOnlyList<long>? order) => StridedView.Permute(
        x, order?.Select(axis => (int)axis).ToArray() ?? [.. Enumerable.Range(0, x.Sizes.Length).Reverse()]);

    private IntegerTensor Slice(NodeProto node, IntegerTensor x)
    {
        var starts = Constant(node, 1) ?? [.. node.GetInts("starts") ?? []];
        var ends = Constant(node, 2) ?? [.. node.GetInts("ends") ?? []];
        var axes = Constant(node, 3) ?? node.GetInts("axes")?.ToArray()
            ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        var steps = Constant(node, 4) ?? [.. Enumerable.Repeat(1L, starts.Length)];
        var (sizes, strides, first) = (x.Sizes.ToArray(), StridedView.Strides(x.Sizes), 0);
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = (int)(axes[i] < 0 ? axes[i] + sizes.Length : axes[i]);
            var (size, step) = (x.Sizes[axis], steps[i]);
            // an end before the begin, or behind the last element, stands for all there is
            long Inside(long at) => Math.Clamp(at < 0 ? at + size : at, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
            var start = step > 0 ? Inside(starts[i]) : Math.Max(0, Inside(starts[i]));
            var end = step < 0 && ends[i] < -size ? -1 : Inside(ends[i]);
            sizes[axis] = (int)Math.Max(0, (end - start + step - Math.Sign(step)) / step);
            first += (int)start * strides[axis];
            strides[axis] *= (int)step;
        }

        return StridedView.Copy(x, first, sizes, strides);
    }

    private IReadOnlyList<Func<IntegerTensor, IntegerTensor>>? Split(NodeProto node)
    {
        var parts = Constant(node, 1) ?? node.GetInts("split")?.ToArray();
        if (parts is null && node.InputOrEmpty(1).Length > 0)
            return null;
        return [.. node.Output.Select((_, part) => (Func<IntegerTensor, IntegerTensor>)(x => Part(x, part)))];

        IntegerTensor Part(IntegerTensor x, int part)
        {
            var axis = (int)node.GetInt("axis", 0);
            axis = axis < 0 ? axis + x.Sizes.Length : axis;
            var even = (x.Sizes[axis] + node.Output.Count - 1) / node.Output.Count;
            var start = parts is null ? even * part : (int)parts.Take(part).Sum();
            var size = parts is null ? Math.Min(even, x.Sizes[axis] - start) : (int)parts[part];
            var sizes = x.Sizes.ToArray();
            sizes[axis] = size;
            var strides = StridedView.Strides(x.Sizes);
            return StridedView.Copy(x, start * strides[axis], sizes, strides);
        }
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Operators that repeat, leave out or choose elements along each axis on its own.</summary>
internal static class Picks
{
    /// <summary>Gather: whole slices of an axis, in the order and shape of the indices.</summary>
    internal static IntegerTensor Gather(IntegerTensor x, TensorProto indices, long axis)
    {
        var at = (int)(axis < 0 ? axis + x.Sizes.Length : axis);
        var wanted = TensorData.Integers(indices).Select(i => (int)(i < 0 ? i + x.Sizes[at] : i)).ToArray();
        var picked = StridedView.Pick(x, Along(x.Sizes, at, _ => wanted));
        var sizes = x.Sizes.Take(at).Concat(indices.Dims.Select(size => (int)size)).Concat(x.Sizes.Skip(at + 1));
        return StridedView.Tensor(sizes, [.. picked.Values]);
    }

    /// <summary>Expand: repeated where an axis has one element.</summary>
    internal static IntegerTensor Expand(IntegerTensor x, long[] shape) =>
        StridedView.Broadcast(
            x,
            StridedView.Common(x.Sizes, [.. shape.Select(size => (int)size)])
                ?? throw new ArgumentException("its shape does not fit"));

    /// <summary>Tile: the whole tensor repeated so often along each axis.</summary>
    internal static IntegerTensor Tile(IntegerTensor x, long[] repeats) => StridedView.Pick(
        x,
        [.. x.Sizes.Select((size, axis) => Enumerable.Range(0, checked(size * (int)repeats[axis])).Select(i => i % size).ToArray())]);

    /// <summary>DepthToSpace: blocks of channels become blocks of places.</summary>
    internal static IntegerTensor DepthToSpace(IntegerTensor x, int block, bool columnsFirst)
    {
        var (samples, depth) = (x.Sizes[0], x.Sizes[1] / (block * block));
        var (height, width) = (x.Sizes[2], x.Sizes[3]);
        int[] sizes = columnsFirst
            ? [samples, depth, block, block, height, width]
            : [samples, block, block, depth, height, width];
        var turned = StridedView.Permute(
            StridedView.Tensor(sizes, [.. x.Values]), columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
        return StridedView.Tensor([samples, depth, height * block, width * block], [.. turned.Values]);
    }

    /// <summary>ReduceMax and ReduceMin: the largest or smallest element along the axes.</summary>
    internal static IntegerTensor Extreme(IntegerTensor x, IReadOnlyList<long>? axes, bool keep, Func<IEnumerable<int>, int> choose)
    {
        var rank = x.Sizes.Length;
        var gone = axes is null or { Count: 0 }
            ? [.. Enumerable.Range(0, rank)]
            : axes.Select(axis => (int)(axis < 0 ? axis + rank : axis)).ToHashSet();
        var kept = Enumerable.Range(0, rank).Where(axis => !gone.Contains(axis)).ToList();
        var turned = StridedView.Permute(x, [.. kept, .. gone.Order()]);
        var length = gone.Aggregate(1, (product, axis) => product * x.Sizes[axis]);
        var sizes = keep
            ? x.Sizes.Select((size, axis) => gone.Contains(axis) ? 1 : size)
            : kept.Select(axis => x.Sizes[axis]);
        return StridedView.Tensor(sizes, [.. turned.Values.Chunk(length).Select(choose)]);
    }

    private static int[][] Along(IReadOnlyList<int> sizes, int axis, Func<int, int[]> indices) =>
        [.. sizes.Select((size, i) => i == axis ? indices(size) : [.. Enumerable.Range(0, size)])];
}

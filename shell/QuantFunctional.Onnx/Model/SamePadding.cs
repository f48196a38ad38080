using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>
/// The padding of <c>auto_pad</c> SAME_UPPER and SAME_LOWER: as many elements as it takes to have the size over the stride, rounded up.
/// Where a stride is above its kernel that can be fewer than none.
/// </summary>
/// <remarks>
/// One fewer than none means none. Of two and more ONNX Runtime's operators leave out the first one or not, each in its own way, and
/// its pools fail unless they run in blocks of channels (findings/ort-same-padding-of-a-wide-stride.sh).
/// </remarks>
internal static class SamePadding
{
    /// <summary>Whether a node may leave out elements in a way that is not certain.</summary>
    /// <param name="node">A Conv or a pool.</param>
    /// <param name="kernel">The sizes of its kernel.</param>
    /// <param name="sizes">Those of what it reads, behind batch and channels; -1 where not known.</param>
    internal static bool IsUncertain(NodeProto node, IReadOnlyList<long> kernel, IReadOnlyList<long> sizes) =>
        Is(node) && Enumerable.Range(0, kernel.Count).Any(axis => Least(node, kernel, sizes, axis) < -1);

    /// <summary>The pads of a pool, begins before ends; null where it says them itself, or they hang on sizes that are not known.</summary>
    internal static IReadOnlyList<long>? Pads(NodeProto node, IReadOnlyList<long> kernel, IReadOnlyList<long> sizes)
    {
        var axes = Enumerable.Range(0, kernel.Count).ToList();
        if (!Is(node) || IsUncertain(node, kernel, sizes) || axes.Any(axis => Size(sizes, axis) < 0 && Reach(node, kernel, axis) > 1))
            return null;
        List<long> all = [.. axes.Select(axis => Math.Max(0, Least(node, kernel, sizes, axis)))];
        var begins = all.Select(pads => node.GetString("auto_pad", "") == "SAME_LOWER" ? (pads + 1) / 2 : pads / 2).ToList();
        return [.. begins, .. all.Zip(begins, (pads, begin) => pads - begin)];
    }

    private static bool Is(NodeProto node) => node.GetString("auto_pad", "NOTSET").StartsWith("SAME", StringComparison.Ordinal);

    /// <summary>How many elements are added along an axis; where its size is not known, the fewest that there can be.</summary>
    private static long Least(NodeProto node, IReadOnlyList<long> kernel, IReadOnlyList<long> sizes, int axis)
    {
        var (size, stride, reach) = (Size(sizes, axis), node.GetInts("strides")?[axis] ?? 1, Reach(node, kernel, axis));
        return size < 0 ? reach - stride : ((((size + stride - 1) / stride) - 1) * stride) + reach - size;
    }

    private static long Reach(NodeProto node, IReadOnlyList<long> kernel, int axis) =>
        ((kernel[axis] - 1) * (node.GetInts("dilations")?[axis] ?? 1)) + 1;

    private static long Size(IReadOnlyList<long> sizes, int axis) => axis < sizes.Count ? sizes[axis] : -1;
}

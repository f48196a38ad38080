using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>The spatial axes of a ConvTranspose from its attributes, with pads as ONNX Runtime finds them.</summary>
internal static class TransposedShape
{
    /// <summary>One reading for each axis; null where the pads hang on sizes that are not known.</summary>
    /// <param name="node">The ConvTranspose.</param>
    /// <param name="kernel">The kernel's sizes.</param>
    /// <param name="sizes">The input's spatial sizes, -1 where not known.</param>
    internal static IReadOnlyList<TransposedAxis>? Read(NodeProto node, int[] kernel, IReadOnlyList<long> sizes)
    {
        var rank = kernel.Length;
        var (strides, dilations) = (List("strides", 1), List("dilations", 1));
        var (surpluses, pads) = (List("output_padding", 0), node.GetInts("pads") ?? [.. new long[2 * rank]]);
        var mode = node.GetString("auto_pad", "NOTSET");
        var shape = node.GetInts("output_shape") is { } given ? given.TakeLast(rank).ToList() : null;
        if (strides.Count != rank || dilations.Count != rank || surpluses.Count != rank || pads.Count != 2 * rank
            || (shape is not null && (shape.Count != rank || sizes.Any(size => size < 0))))
            return null;
        var axes = new List<TransposedAxis>();
        for (var axis = 0; axis < rank; axis++)
        {
            var stride = strides[axis];
            // by how much the whole output would be longer than the input that is stretched by the stride
            var whole = surpluses[axis] + ((kernel[axis] - 1L) * dilations[axis]) + 1 - stride;
            var (before, surplus) = (pads[axis], whole - pads[axis] - pads[rank + axis]);
            if (shape is not null)
                (before, surplus) = Given(mode, whole, shape[axis] - (stride * sizes[axis]));
            else if (mode is "SAME_UPPER" or "SAME_LOWER")
                (before, surplus) = Given(mode, whole, 0);
            else if (mode == "VALID")
                (before, surplus) = (0, whole);
            axes.Add(TransposedAxis.Of((int)stride, kernel[axis], (int)dilations[axis], (int)before, (int)surplus));
        }

        return axes;

        IReadOnlyList<long> List(string name, long byDefault) => node.GetInts(name) ?? [.. Enumerable.Repeat(byDefault, rank)];
    }

    private static (long Before, long Surplus) Given(string mode, long whole, long surplus)
    {
        var leftOut = Math.Max(0, whole - surplus);
        return (mode == "SAME_UPPER" ? leftOut / 2 : leftOut - (leftOut / 2), surplus);
    }
}

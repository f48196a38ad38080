using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>Reads where a layer's kernel goes from its node's attributes.</summary>
internal static class LayerGeometry
{
    /// <summary>Strides, dilations and pads of a Conv; the plain geometry of a product, which has no kernel.</summary>
    /// <param name="node">The layer's node.</param>
    /// <param name="kernel">The sizes of the kernel's axes.</param>
    /// <param name="input">
    /// The input's spatial sizes, -1 where not known: then they count as multiples of the strides, where
    /// <c>auto_pad</c> hangs on them.
    /// </param>
    internal static Geometry Of(NodeProto node, IReadOnlyList<int> kernel, IReadOnlyList<long> input)
    {
        if (kernel.Count == 0)
            return FSharp.Geometry.plain(0);
        var strides = Values(node, "strides", kernel.Count, 1);
        var dilations = Values(node, "dilations", kernel.Count, 1);
        var pads = node.GetString("auto_pad", "NOTSET") switch
        {
            "SAME_UPPER" => Same(beginsFirst: false),
            "SAME_LOWER" => Same(beginsFirst: true),
            "VALID" => new int[2 * kernel.Count],
            _ => Values(node, "pads", 2 * kernel.Count, 0),
        };
        return new Geometry([.. strides], [.. pads], [.. dilations], isTransposed: false);

        int[] Same(bool beginsFirst)
        {
            var totals = Enumerable.Range(0, kernel.Count).Select(Total).ToList();
            var smaller = totals.Select(total => total / 2);
            var larger = totals.Select(total => total - (total / 2));
            return beginsFirst ? [.. larger, .. smaller] : [.. smaller, .. larger];
        }

        int Total(int axis)
        {
            var size = axis < input.Count && input[axis] > 0 ? input[axis] : strides[axis];
            var outputs = (size + strides[axis] - 1) / strides[axis];
            var reach = ((outputs - 1) * strides[axis]) + ((kernel[axis] - 1) * dilations[axis]) + 1;
            return (int)Math.Max(0, reach - size);
        }
    }

    /// <summary>How many groups the channels of a layer fall into.</summary>
    internal static int Groups(NodeProto node) => node.Is("Conv") ? (int)node.GetInt("group", 1) : 1;

    private static int[] Values(NodeProto node, string name, int count, int byDefault) =>
        node.GetInts(name) is { Count: > 0 } values
            ? [.. values.Select(value => (int)value)]
            : [.. Enumerable.Repeat(byDefault, count)];
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Writes as constants the shapes that exporters compute at each run for the sake of a free batch: a Reshape copies a length or takes
/// what is left, a Resize multiplies by whole numbers, and what only depends on lengths that are known is known.
/// </summary>
internal static class ComputedShapes
{
    private const int ResizeScales = 2;
    private const int ResizeSizes = 3;

    /// <summary>Rewrites them in place; tells whether there were any, which makes more shapes known.</summary>
    internal static bool Rewrite(GraphEditor graph, TensorFacts facts)
    {
        var found = false;
        var index = graph.Index;
        var sizes = new SizeVectors(index, facts);
        foreach (var node in index.TopologicalOrder)
        {
            if (!NodeAttributes.IsDefaultDomain(node.Domain))
                continue;
            if (node.Is("Reshape") && node.GetInt("allowzero", 0) == 0 && index.Initializer(node.Input[1]) is null
                && sizes.Of(node.Input[1]) is { } shape && Reshaped(node.Input[0], shape, sizes) is { } dims)
            {
                node.Input[1] = graph.AddInitializer(TensorData.Make($"{node.Output[0]}_shape", [dims.Length], dims.AsSpan()));
                sizes.Note(node.Output[0], shape);
                found = true;
            }
            else if (node.Is("Resize") && node.InputOrEmpty(ResizeSizes) is { Length: > 0 } named && node.GetInts("axes") is null
                && index.Initializer(named) is null && sizes.Of(named) is { } wanted && Multiples(node.Input[0], wanted, sizes) is { } scales)
            {
                node.Input.RemoveAt(ResizeSizes);
                node.Input[ResizeScales] = graph.AddInitializer(TensorData.Make($"{node.Output[0]}_scales", [scales.Length], scales.AsSpan()));
                found = true;
            }
            else
            {
                found |= TakesKnown(graph, node, sizes);
            }
        }

        graph.Changed();
        return found;
    }

    /// <summary>Gives a node the numbers that it computes of lengths, each a vector; tells whether there were any.</summary>
    private static bool TakesKnown(GraphEditor graph, NodeProto node, SizeVectors sizes)
    {
        var found = false;
        var count = node.OpType switch { "Slice" => 4, "Expand" or "Tile" or "Split" => 1, _ => 0 };
        for (var input = 1; input <= Math.Min(count, node.Input.Count - 1); input++)
        {
            if (node.Input[input].Length == 0 || graph.Index.Initializer(node.Input[input]) is not null || sizes.Of(node.Input[input]) is not { } known
                || known.Any(length => length.Axis is not null))
                continue;
            long[] values = [.. known.Select(length => length.Value)];
            node.Input[input] = graph.AddInitializer(TensorData.Make($"{node.Output[0]}_known", [values.Length], values.AsSpan()));
            found = true;
        }

        return found;
    }

    /// <summary>The shape in numbers, where 0 copies a length of the input and one -1 is what is left; null where that does not say all.</summary>
    private static long[]? Reshaped(string input, IReadOnlyList<SizeElement> shape, SizeVectors sizes)
    {
        var dims = shape.Select((length, axis) => length.Axis is null ? length.Value : sizes.Length(input, axis) == length ? 0 : long.MinValue).ToArray();
        var open = dims.Count(length => length == long.MinValue);
        if (open > 1 || (open == 1 && dims.Contains(-1)))
            return null;
        return Array.ConvertAll(dims, length => length == long.MinValue ? -1 : length);
    }

    /// <summary>By how much each axis grows; null where a length is not known, or no whole multiple.</summary>
    private static float[]? Multiples(string input, IReadOnlyList<SizeElement> wanted, SizeVectors sizes)
    {
        var scales = new float[wanted.Count];
        for (var axis = 0; axis < scales.Length; axis++)
        {
            if (sizes.Length(input, axis) is not { } length)
                return null;
            if (length == wanted[axis])
                scales[axis] = 1;
            else if (length.Axis is null && wanted[axis].Axis is null && length.Value > 0 && wanted[axis].Value % length.Value == 0)
                scales[axis] = wanted[axis].Value / length.Value;
            else
                return null;
        }

        return scales;
    }
}

using System.Globalization;

namespace QuantFunctional.Formats;

/// <summary>How messages show a shape, and how the elements of one lie.</summary>
internal static class Shapes
{
    /// <summary><c>[500, 32, 32, 3]</c>; an axis of any length (negative) is shown as <c>?</c>.</summary>
    public static string Text(IEnumerable<long> shape) =>
        "[" + string.Join(", ", shape.Select(n => n < 0 ? "?" : n.ToString(CultureInfo.InvariantCulture))) + "]";

    /// <summary>How many elements lie behind each index of an axis, side by side in memory.</summary>
    public static long Behind(IEnumerable<long> shape, int axis) =>
        shape.Skip(axis + 1).Aggregate(1L, (product, size) => product * size);
}

using System.Globalization;

namespace QuantFunctional.Formats;

/// <summary>How messages show a shape, and how the elements of one lie.</summary>
internal static class Shapes
{
    /// <summary><c>[500, 32, 32, 3]</c>; an axis of any length (negative) is shown as <c>?</c>.</summary>
    public static string Text(IEnumerable<long> shape) =>
        "[" + string.Join(", ", shape.Select(n => n < 0 ? "?" : n.ToString(CultureInfo.InvariantCulture))) + "]";

    /// <summary>Refuses elements that are more or fewer than a shape's.</summary>
    /// <exception cref="ArgumentException">They do not fill it.</exception>
    public static void RequireFilled(int elements, ReadOnlySpan<long> shape, string parameter)
    {
        var count = 1L;
        foreach (var axis in shape)
            count = checked(count * axis);
        if (count != elements)
            throw new ArgumentException(FormattableString.Invariant($"{elements} elements do not fill {Text(shape.ToArray())}."), parameter);
    }

    /// <summary>How many elements lie behind each index of an axis, side by side in memory.</summary>
    public static long Behind(IEnumerable<long> shape, int axis) =>
        shape.Skip(axis + 1).Aggregate(1L, (product, size) => product * size);
}

using System.Globalization;

namespace QuantFunctional.Formats;

/// <summary>How messages show a shape.</summary>
internal static class Shapes
{
    /// <summary><c>[500, 32, 32, 3]</c>; an axis of any length (negative) is shown as <c>?</c>.</summary>
    public static string Text(IEnumerable<long> shape) =>
        "[" + string.Join(", ", shape.Select(n => n < 0 ? "?" : n.ToString(CultureInfo.InvariantCulture))) + "]";
}

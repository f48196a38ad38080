namespace QuantFunctional.Onnx.Execution;

/// <summary>Numbers of things in words.</summary>
internal static class Counts
{
    /// <summary>A count and its noun: 1 layer, 2 layers.</summary>
    internal static string Of(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    /// <summary>Names as a sentence lists them: a, b and c.</summary>
    internal static string Listed(IReadOnlyList<string> names) =>
        names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
}

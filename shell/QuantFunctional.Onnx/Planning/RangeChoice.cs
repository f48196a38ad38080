using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>How the range of each tensor is chosen.</summary>
/// <param name="Method">The method of all tensors; where it is chosen by measurement, only <see cref="Narrowed"/> differ.</param>
/// <param name="Narrowed">Where it is chosen by measurement, the tensors that have their least squares range.</param>
internal sealed record RangeChoice(RangeMethod Method, IReadOnlySet<string> Narrowed)
{
    /// <summary>Every tensor from its smallest to its largest value.</summary>
    internal static readonly RangeChoice MinMax = Of(RangeMethod.MinMax);

    /// <summary>The ranges of encodings that are known, by the tensor that stands for it; none where all are chosen.</summary>
    internal IReadOnlyDictionary<string, ObservedRange> Known { get; init; } = new Dictionary<string, ObservedRange>();

    /// <summary>The same method for all tensors.</summary>
    internal static RangeChoice Of(RangeMethod method) => new(method, new HashSet<string>());

    /// <summary>The part of a range that gets an encoding, 0 included.</summary>
    /// <param name="group">The tensor that stands for those that share the encoding.</param>
    /// <param name="tensors">These.</param>
    /// <param name="told">What of their values readers tell apart.</param>
    /// <param name="histogram">How often they took which values.</param>
    /// <param name="symmetric">Whether the zero point is 0.</param>
    /// <param name="levels">How many steps there are from end to end.</param>
    internal ObservedRange Of(
        string group, IEnumerable<string> tensors, ObservedRange told, Func<ValueHistogram> histogram, bool symmetric, int levels)
    {
        if (Known.TryGetValue(group, out var known))
            return known;
        var method = Method.IsAuto && tensors.Any(Narrowed.Contains) ? RangeMethod.LeastSquares : Method;
        if (method.IsMinMax || method.IsAuto)
            return told;
        var within = FSharp.ValueHistogram.clamp(Math.Min(told.Min, 0), Math.Max(told.Max, 0), histogram());
        var (low, high) = method is RangeMethod.Percentile { Percent: var percent }
            ? FSharp.RangeSearch.percentile(percent, within)
            : FSharp.RangeSearch.leastSquares(symmetric, levels, within);
        return new(Math.Max(told.Min, (float)low), Math.Min(told.Max, (float)high));
    }
}

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// One spatial axis of a transposed convolution, read as an ordinary one: output place o is phase r of window q, where
/// o = stride·q + r − Before, and every phase multiplies the same window of the input.
/// </summary>
internal sealed record TransposedAxis
{
    private readonly int _stride;
    private readonly int _kernel;
    private readonly int _dilation;
    private readonly int _pad;

    private TransposedAxis(int stride, int kernel, int dilation, int pad) =>
        (_stride, _kernel, _dilation, _pad) = (stride, kernel, dilation, pad);

    /// <summary>How many output places a window makes.</summary>
    internal int Phases => _stride;

    /// <summary>The number of inputs in a window.</summary>
    internal int Window { get; private init; }

    /// <summary>Zeros before the input.</summary>
    internal int PadBefore { get; private init; }

    /// <summary>Zeros after the input.</summary>
    internal int PadAfter { get; private init; }

    /// <summary>Output places to cut off at the begin.</summary>
    internal int Before { get; private init; }

    /// <summary>Output places to cut off at the end.</summary>
    internal int After { get; private init; }

    /// <summary>The place in the window, if any, that a weight of the kernel has in a phase.</summary>
    internal int? Place(int phase, int tap)
    {
        var distance = phase + _pad - Before - (_dilation * tap);
        return distance % _stride == 0 ? (distance / _stride) + PadBefore : null;
    }

    /// <summary>The reading whose windows are smallest, and of these one that cuts off nothing where there is one.</summary>
    /// <param name="stride">Output places to one input.</param>
    /// <param name="kernel">The number of weights.</param>
    /// <param name="dilation">Output places from weight to weight.</param>
    /// <param name="pad">Output places that the transposed convolution leaves out at the begin.</param>
    /// <param name="surplus">By how much its output is longer than stride times its input.</param>
    internal static TransposedAxis Of(int stride, int kernel, int dilation, int pad, int surplus) =>
        Enumerable.Range(0, stride)
            .Select(before => Reading(new TransposedAxis(stride, kernel, dilation, pad) { Before = before }, surplus))
            .OrderBy(axis => axis.Window)
            .ThenBy(axis => axis.Before + axis.After)
            .First();

    private static TransposedAxis Reading(TransposedAxis axis, int surplus)
    {
        var distances = Enumerable.Range(0, axis._stride)
            .SelectMany(phase => Enumerable.Range(0, axis._kernel).Select(tap => axis.Place(phase, tap)))
            .OfType<int>()
            .ToList();
        // where so much is left out that a window lies within the input alone, it is widened to begin and end beside it
        var (first, last) = (Math.Min(distances.Min(), 0), distances.Max());
        var windows = CeilingOfQuotient(surplus + axis.Before, axis._stride);
        var after = Math.Max(windows + last, 0);
        return axis with
        {
            Window = last - first + 1,
            PadBefore = -first,
            PadAfter = after,
            After = (axis._stride * (after - last)) - surplus - axis.Before,
        };
    }

    private static int CeilingOfQuotient(int dividend, int divisor) =>
        (int)Math.Ceiling(dividend / (double)divisor);
}

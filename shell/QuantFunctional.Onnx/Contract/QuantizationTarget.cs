namespace QuantFunctional.Onnx;

/// <summary>
/// How near the result is to be to the float model. A search leaves as few multiply-adds in float as that takes, and measures every
/// network that it tries.
/// </summary>
/// <param name="Kind">What is measured.</param>
/// <param name="Value">The number to reach: decibels, a share from 0 to 1, or percentage points.</param>
public sealed record QuantizationTarget(TargetKind Kind, double Value)
{
    /// <summary>
    /// How many networks are evaluated at most; null until the search ends by itself. What is read from the work folder counts, too, so
    /// that a search that goes on ends where one without a break does.
    /// </summary>
    public int? Evaluations { get; init; }

    /// <summary>
    /// After which time no further network is evaluated; null for no such end. Only a search without one is promised the same bytes.
    /// </summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>
    /// Where every evaluation is kept as a file, from which a search goes on that was ended. Where null, <c>OUTPUT.work</c> beside the
    /// result; of a result in memory, nothing is kept.
    /// </summary>
    public string? WorkFolder { get; init; }

    /// <summary>Whether a figure is as good as the target.</summary>
    internal bool IsMetBy(double figure) => Kind == TargetKind.Drop ? figure <= Value : figure >= Value;

    /// <summary>Whether one figure is better than another.</summary>
    internal bool IsBetter(double figure, double than) => Kind == TargetKind.Drop ? figure < than : figure > than;

    /// <summary>The target as the command line says it.</summary>
    public override string ToString() => FormattableString.Invariant($"{Option} {Value}");

    /// <summary>The option of the command line.</summary>
    internal string Option => Kind switch
    {
        TargetKind.Sqnr => "--target-sqnr",
        TargetKind.Agreement => "--target-agreement",
        _ => "--max-drop",
    };
}

/// <summary>What of a result is measured against the float model.</summary>
public enum TargetKind
{
    /// <summary>
    /// The SQNR in decibels of the worst output of real numbers that is not the same everywhere, on held-back calibration samples; it
    /// is not to be less.
    /// </summary>
    Sqnr,

    /// <summary>The share of equal arg maxima of the worst output, on held-back calibration samples; it is not to be less.</summary>
    Agreement,

    /// <summary>
    /// By how many percentage points top-1 falls on the samples of <see cref="QuantizeRequest.Comparison"/> and their labels; it is not
    /// to be more.
    /// </summary>
    Drop,
}

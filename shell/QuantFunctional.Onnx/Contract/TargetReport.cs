using System.Text.Json.Serialization;

namespace QuantFunctional.Onnx;

/// <summary>What the search for a target tried and found.</summary>
/// <param name="Kind">What was measured.</param>
/// <param name="Value">The number that was to be reached.</param>
/// <param name="IsMet">Whether the result reaches it.</param>
/// <param name="EndedBy">What ended the search.</param>
/// <param name="Samples">On how many samples each network was measured.</param>
/// <param name="MultiplyAdds">
/// The multiply-adds of all layers and products for one run of the model, with the shapes of the first held-back sample where the
/// model leaves them free.
/// </param>
/// <param name="Evaluations">Every network that was evaluated, in order; the first one has everything in integers.</param>
/// <param name="Chosen">Which of them, from 0, is the result.</param>
/// <param name="FromFiles">How many of them were read from the work folder and not measured again.</param>
/// <param name="WorkFolder">Where they are kept; null where nothing is.</param>
public sealed record TargetReport(
    TargetKind Kind,
    double Value,
    bool IsMet,
    SearchEnd EndedBy,
    long Samples,
    long MultiplyAdds,
    IReadOnlyList<TargetEvaluation> Evaluations,
    int Chosen,
    int FromFiles,
    string? WorkFolder)
{
    /// <summary>The network that is the result.</summary>
    [JsonIgnore]
    public TargetEvaluation Result => Evaluations[Chosen];

    /// <summary>
    /// The evaluations that no other one beats in both, the multiply-adds in integers and what was measured; most integers first.
    /// </summary>
    public IReadOnlyList<TargetEvaluation> Frontier()
    {
        var target = new QuantizationTarget(Kind, Value);
        var frontier = new List<TargetEvaluation>();
        foreach (var one in Evaluations
            .Where(one => one.Failure is null)
            .OrderByDescending(one => one.IntegerMultiplyAdds)
            .ThenByDescending(one => Kind == TargetKind.Drop ? -one.Reached : one.Reached))
        {
            if (frontier.Count == 0 || target.IsBetter(one.Reached, frontier[^1].Reached))
                frontier.Add(one);
        }

        return frontier;
    }

    /// <summary>The share of an evaluation's multiply-adds that runs in integers, from 0 to 1.</summary>
    public double ShareOf(TargetEvaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return MultiplyAdds == 0 ? 0 : (double)evaluation.IntegerMultiplyAdds / MultiplyAdds;
    }
}

/// <summary>A network that was measured.</summary>
/// <param name="InFloat">The nodes that the search left in float; what else stays in float does so in all networks, or since these do.</param>
/// <param name="IntegerMultiplyAdds">How many multiply-adds run in integers.</param>
/// <param name="Reached">
/// What was measured: decibels, the share of equal arg maxima, or percentage points that top-1 falls. Infinite, in JSON <c>null</c>,
/// where nothing is lost, or where nothing was measured.
/// </param>
/// <param name="IsMet">Whether that meets the target.</param>
/// <param name="Failure">Why nothing could be measured, as a sentence; null where it was.</param>
public sealed record TargetEvaluation(
    IReadOnlyList<string> InFloat,
    long IntegerMultiplyAdds,
    [property: FiniteOrNull] double Reached,
    bool IsMet,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Failure = null);

/// <summary>What ends the search for a target.</summary>
public enum SearchEnd
{
    /// <summary>Nothing is left to try.</summary>
    Itself,

    /// <summary>As many networks were evaluated as were allowed.</summary>
    Evaluations,

    /// <summary>The time was over; on another day other networks may be tried.</summary>
    Budget,
}

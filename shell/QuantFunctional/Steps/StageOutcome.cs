namespace QuantFunctional.Steps;

/// <summary>How a stage of planning, or a whole attempt, ends. A retry is a value: what to start again with, and why.</summary>
public abstract record StageOutcome<T>
{
    private StageOutcome()
    {
    }

    /// <summary>The stage is done.</summary>
    /// <param name="Value">What it made.</param>
    /// <param name="Warnings">What a user should know.</param>
    public sealed record Done(T Value, IReadOnlyList<Warning> Warnings) : StageOutcome<T>;

    /// <summary>The attempt must start again.</summary>
    /// <param name="Next">With these parameters.</param>
    /// <param name="Reason">For this reason.</param>
    public sealed record Retry(BacktrackingParameters Next, RetryReason Reason) : StageOutcome<T>;

    /// <summary>There is no plan.</summary>
    /// <param name="Refusal">Why not.</param>
    public sealed record Refused(Refusal Refusal) : StageOutcome<T>;
}

namespace QuantFunctional.Documents;

/// <summary>The plan of one layer. Lists have one entry per tensor or one per output channel.</summary>
public sealed record LayerPlan
{
    /// <summary>The node's name, else its first output.</summary>
    public required string Name { get; init; }

    /// <summary>The node's operator.</summary>
    public required string Operator { get; init; }

    /// <summary>The precision that was used.</summary>
    public required string Precision { get; init; }

    /// <summary>Whether each output channel has a weight scale of its own.</summary>
    public required bool PerChannel { get; init; }

    /// <summary>How the input is stored.</summary>
    public required EncodingPlan Input { get; init; }

    /// <summary>How the output is stored.</summary>
    public required EncodingPlan Output { get; init; }

    /// <summary>The sizes of the weights' axes, in the model's order.</summary>
    public required IReadOnlyList<int> WeightShape { get; init; }

    /// <summary>Sw: steps per real unit of the weights; 0 where every integer weight is 0.</summary>
    public required IReadOnlyList<double> WeightScale { get; init; }

    /// <summary>S: the factor from accumulator to output.</summary>
    public required IReadOnlyList<double> RequantizationScale { get; init; }

    /// <summary>The integer multiplier of S = multiplier·2^−shift.</summary>
    public required IReadOnlyList<int> Multiplier { get; init; }

    /// <summary>The right shift of S = multiplier·2^−shift.</summary>
    public required IReadOnlyList<int> Shift { get; init; }

    /// <summary>h: the right shift inside the product.</summary>
    public required IReadOnlyList<int> IntrinsicShift { get; init; }

    /// <summary>Qb: one integer for each output channel.</summary>
    public required IReadOnlyList<long> Bias { get; init; }

    /// <summary>What is added after the requantization.</summary>
    public required int OutputOffset { get; init; }

    /// <summary>The attempts in order; the last one made the plan.</summary>
    public required IReadOnlyList<AttemptPlan> Attempts { get; init; }

    internal static LayerPlan Of(string name, string nodeOperator, QuantizedLayer layer) => new()
    {
        Name = name,
        Operator = nodeOperator,
        Precision = layer.Precision.Name,
        PerChannel = layer.Request.PerChannel,
        Input = EncodingOf(layer.Integers.Input),
        Output = EncodingOf(layer.Integers.Output),
        WeightShape = layer.Integers.Shape.Sizes,
        WeightScale = layer.Plan.WeightScale.Values,
        RequantizationScale = [.. layer.Plan.Requantization.Values.Select(r => r.Scale)],
        Multiplier = layer.Integers.Multiplier.Values,
        Shift = layer.Integers.Shift.Values,
        IntrinsicShift = layer.Integers.IntrinsicShift.Values,
        Bias = layer.Integers.Bias,
        OutputOffset = layer.Integers.OutputOffset,
        Attempts = [.. layer.Trace.Attempts.Select(AttemptPlan.Of)],
    };

    internal static EncodingPlan EncodingOf(Encoding encoding) =>
        new(encoding.StepSize, encoding.ZeroPoint, encoding.Type.Name);
}

/// <summary>One attempt: what it held fixed and how it ended.</summary>
/// <param name="Precision">The precision of the output.</param>
/// <param name="IntrinsicShiftRaised">Where the larger intrinsic shift was used.</param>
/// <param name="BitsGivenUp">Bits of weight precision given up.</param>
/// <param name="Retry">Why the next attempt was made; null for the one that made the plan.</param>
/// <param name="Warnings">What a user should know.</param>
public sealed record AttemptPlan(
    string Precision,
    IReadOnlyList<bool> IntrinsicShiftRaised,
    IReadOnlyList<int> BitsGivenUp,
    RetryPlan? Retry,
    IReadOnlyList<string> Warnings)
{
    internal static AttemptPlan Of(Attempt attempt) => new(
        attempt.Parameters.Precision.Name,
        attempt.Parameters.IntrinsicShiftRaised.Values,
        attempt.Parameters.BitsGivenUp.Values,
        attempt.Outcome is AttemptOutcome.Retried retried ? RetryPlan.Of(retried.Reason) : null,
        [.. attempt.Warnings.Select(warning => warning.Message)]);
}

/// <summary>Why an attempt started again.</summary>
/// <param name="Cause">What went beyond its limit.</param>
/// <param name="Remedy">What was given up.</param>
/// <param name="Overflows">Where, and by how much.</param>
/// <param name="Message">The same as a sentence.</param>
public sealed record RetryPlan(string Cause, string Remedy, IReadOnlyList<OverflowPlan> Overflows, string Message)
{
    internal static RetryPlan Of(RetryReason reason) => new(
        reason.Cause.ToString(),
        reason.Remedy.ToString(),
        [.. reason.Overflows.Select(o => new OverflowPlan(o.Channel, o.Value, o.Limit, o.Bits))],
        reason.Message);
}

/// <summary>A value that went beyond its limit.</summary>
/// <param name="Channel">The output channel.</param>
/// <param name="Value">The value.</param>
/// <param name="Limit">The limit on its side.</param>
/// <param name="Bits">The halvings that bring it inside.</param>
public sealed record OverflowPlan(int Channel, double Value, double Limit, int Bits);

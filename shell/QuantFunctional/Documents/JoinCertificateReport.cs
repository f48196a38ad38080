using System.ComponentModel;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents;

/// <summary>What was found of an Add or Mul between layers: whether its integers are the same on every processor.</summary>
public sealed record JoinCertificateReport
{
    /// <summary>The node's name in the model.</summary>
    [Description("The node's name in the model.")]
    public required string Name { get; init; }

    /// <summary>Add or Mul.</summary>
    [Description("Add or Mul.")]
    public required string Operator { get; init; }

    /// <summary>True where it breaks nothing.</summary>
    [Description("Whether it breaks nothing.")]
    public required bool Passed { get; init; }

    /// <summary>The arithmetics that must make the same integers.</summary>
    [Description("The arithmetics that must make the same integers.")]
    public required IReadOnlyList<string> Arithmetics { get; init; }

    /// <summary>How many pairs of stored inputs there are.</summary>
    [Description("How many pairs of stored inputs there are; a constant counts with the values that it has.")]
    public required int Pairs { get; init; }

    /// <summary>What it breaks.</summary>
    [Description("What it breaks; each entry makes it fail.")]
    public required IReadOnlyList<JoinViolationReport> Violations { get; init; }

    /// <summary>What was found of a join as data.</summary>
    /// <param name="name">What to call the join.</param>
    /// <param name="join">The join.</param>
    /// <param name="arithmetics">The arithmetics that must make the same integers.</param>
    public static JoinCertificateReport Of(string name, Join join, IReadOnlyList<OperatorArithmetic> arithmetics)
    {
        ArgumentNullException.ThrowIfNull(join);
        ArgumentNullException.ThrowIfNull(arithmetics);
        var found = FSharp.JoinAgreement.find(arithmetics, join);
        return new JoinCertificateReport
        {
            Name = name,
            Operator = join.Operator.IsAdd ? "Add" : "Mul",
            Passed = found.Worst is null,
            Arithmetics = [.. arithmetics.Select(arithmetic => Names.OperatorArithmetics[arithmetic])],
            Pairs = found.Pairs,
            Violations = found.Worst is { } worst ? [JoinViolationReport.Of(found.Disagreeing, worst)] : [],
        };
    }
}

/// <summary>Arithmetics that make different integers of the same stored inputs.</summary>
public sealed record JoinViolationReport
{
    /// <summary>join-disagrees.</summary>
    [Description("What kind of violation it is.")]
    public required string Kind { get; init; }

    /// <summary>The code under which <see cref="Diagnostics"/> tells more of the kind; documents hold the kind alone.</summary>
    [JsonIgnore]
    public string Code => Diagnostics.OfViolation(Kind).Code;

    /// <summary>On how many pairs of stored inputs the arithmetics disagree.</summary>
    [Description("On how many pairs of stored inputs the arithmetics disagree.")]
    public required int Disagreeing { get; init; }

    /// <summary>The first operand's integer of the pair on which they lie farthest apart.</summary>
    [Description("The first operand's integer, of the pair on which they lie farthest apart.")]
    public required int First { get; init; }

    /// <summary>The second operand's integer of that pair.</summary>
    [Description("The second operand's integer of that pair.")]
    public required int Second { get; init; }

    /// <summary>What the arithmetics make of that pair, each as often as it has ways to add.</summary>
    [Description("What the arithmetics make of that pair; one that adds repeated operands in an order of its own occurs once "
        + "for each way in which the operands can meet.")]
    public required IReadOnlyList<JoinResultReport> Results { get; init; }

    /// <summary>The whole as a sentence, without its full stop.</summary>
    [Description("The same as a sentence, for people; it is not read back.")]
    public required string Message { get; init; }

    internal static JoinViolationReport Of(int disagreeing, JoinDisagreement worst) => new()
    {
        Kind = "join-disagrees",
        Disagreeing = disagreeing,
        First = worst.First,
        Second = worst.Second,
        Results =
        [
            .. worst.Results.Select(result =>
                new JoinResultReport(Names.OperatorArithmetics[result.Arithmetic], result.Stored)),
        ],
        Message = FormattableString.Invariant($"processors disagree on {disagreeing} pairs of inputs: {worst.Message}"),
    };
}

/// <summary>What an arithmetic makes of a pair of stored inputs.</summary>
/// <param name="Arithmetic">The arithmetic.</param>
/// <param name="Stored">The integer.</param>
public sealed record JoinResultReport(
    [property: Description("The arithmetic.")] string Arithmetic,
    [property: Description("The integer that it stores.")] int Stored);

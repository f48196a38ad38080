using QuantFunctional.Documents;

namespace QuantFunctional;

/// <summary>Explains the output steps of joins.</summary>
public static partial class Explainer
{
    /// <summary>What there is to say of the Adds and Muls between layers: a sentence for each, none where there are none.</summary>
    /// <param name="joins">The joins of a plan document.</param>
    public static string ToText(this IEnumerable<JoinPlan> joins) => Joined(JoinLines(joins, ""));

    /// <summary>The same as a list in GitHub's Markdown.</summary>
    /// <param name="joins">The joins of a plan document.</param>
    public static string ToMarkdown(this IEnumerable<JoinPlan> joins) => Joined(JoinLines(joins, "- "));

    private static IEnumerable<string> JoinLines(IEnumerable<JoinPlan> joins, string bullet)
    {
        ArgumentNullException.ThrowIfNull(joins);
        return joins.Select(join => FormattableString.Invariant(
            $"{bullet}{join.Name} ({join.Operator}): {Story(join)}"));
    }

    private static string Story(JoinPlan join)
    {
        var names = string.Join(", ", join.Arithmetics.Select(arithmetic => Names.OperatorArithmetics[arithmetic]));
        if (join.Arithmetics.Count == 1)
            return FormattableString.Invariant($"step {join.StepAfter:G6}, as its range asks for; it runs on {names} alone");
        var same = $"{names} give the same byte for all pairs";
        return join.Raise == 0
            ? FormattableString.Invariant($"step {join.StepAfter:G6}, as its range asks for: with it {same}")
            : FormattableString.Invariant(
                $"step raised by {join.Raise}/32768 from {join.StepBefore:G9} to {join.StepAfter:G9} so that {same}");
    }
}

using Microsoft.FSharp.Collections;
using QuantFunctional.Documents;
using QuantFunctional.FSharp;

namespace QuantFunctional;

/// <summary>Explains the output steps of joins.</summary>
public static partial class Explainer
{
    /// <summary>
    /// The output step of every Add and Mul, by how much it was raised and for which arithmetics, as plain text of 100
    /// columns; empty where there are none.
    /// </summary>
    /// <param name="joins">The joins of a plan document.</param>
    public static string ToText(this IEnumerable<JoinPlan> joins) => Joined(Blocks.toText(JoinBlocks(joins)));

    /// <summary>The same as GitHub's Markdown.</summary>
    /// <param name="joins">The joins of a plan document.</param>
    public static string ToMarkdown(this IEnumerable<JoinPlan> joins) => Joined(Blocks.toMarkdown(JoinBlocks(joins)));

    private static FSharpList<Block> JoinBlocks(IEnumerable<JoinPlan> joins)
    {
        ArgumentNullException.ThrowIfNull(joins);
        JoinPlan[] all = [.. joins];
        if (all.Length == 0)
            return [];
        var arithmetics = all.Select(Same).Distinct();
        return
        [
            Block.NewSection("Adds and Muls between the layers"),
            Block.NewLines(ListModule.OfSeq(all.Select(Story).Concat(arithmetics))),
        ];
    }

    private static string Story(JoinPlan join) => join.Raise == 0
        ? $"{join.Name} ({join.Operator}): step {RealText.ofSingle((float)join.StepAfter)}, as its range asks for."
        : FormattableString.Invariant($"{join.Name} ({join.Operator}): step raised by {join.Raise}/32768, from ")
            + $"{RealText.ofSingle((float)join.StepBefore)} to {RealText.ofSingle((float)join.StepAfter)}.";

    private static string Same(JoinPlan join)
    {
        var names = join.Arithmetics.Select(arithmetic => Names.OperatorArithmetics[arithmetic]).ToList();
        return names.Count == 1
            ? $"The target runs them in one arithmetic, {names[0]}, so that no step had to be raised."
            : $"With these steps, and with no smaller raise, {string.Join(", ", names)} give the same byte for all pairs.";
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>The axes of an Einsum of two tensors that is a product of matrices, one letter each.</summary>
/// <param name="Left">The axes of the first tensor, in its order.</param>
/// <param name="Right">The axes of the second tensor.</param>
/// <param name="Output">The axes of the result.</param>
internal sealed record EinsumLabels(string Left, string Right, string Output)
{
    /// <summary>The axes that both tensors and the result have: one product for each of them.</summary>
    internal string Shared => Where(Left, label => Right.Contains(label) && Output.Contains(label));

    /// <summary>The axes that are summed over.</summary>
    internal string Summed => Where(Left, label => Right.Contains(label) && !Output.Contains(label));

    /// <summary>The axes of the first tensor alone: the product's rows.</summary>
    internal string LeftOnly => Where(Left, label => !Right.Contains(label));

    /// <summary>The axes of the second tensor alone: the product's columns.</summary>
    internal string RightOnly => Where(Right, label => !Left.Contains(label));

    /// <summary>The same product with the tensors exchanged.</summary>
    internal EinsumLabels Swapped() => new(Right, Left, Output);

    /// <summary>
    /// Reads a node's equation; null where it is no product of matrices: where an axis stands twice in a tensor, is summed over
    /// in one tensor alone, or where nothing is summed over.
    /// </summary>
    internal static EinsumLabels? Read(NodeProto node, TensorFacts facts)
    {
        var equation = node.GetString("equation", "").Replace(" ", "", StringComparison.Ordinal);
        var sides = equation.Split("->");
        if (sides[0].Split(',') is not [var left, var right] || facts.Rank(node.Input[0]) is not { } leftRank
            || facts.Rank(node.Input[1]) is not { } rightRank)
            return null;
        var output = sides.Length == 2 ? sides[1] : Implied(left, right);
        var free = string.Concat(Enumerable.Range('A', 26).Select(letter => (char)letter).Where(letter => !equation.Contains(letter)));
        int Hidden(string side, int rank) => side.Contains("...") ? rank - (side.Length - 3) : 0;
        var most = Math.Max(Hidden(left, leftRank), Hidden(right, rightRank));
        if (most > free.Length || Hidden(left, leftRank) < 0 || Hidden(right, rightRank) < 0)
            return null;

        // the axes that "..." stands for are aligned at the right
        string Spelt(string side, int hidden) => side.Replace("...", free[(most - hidden)..most], StringComparison.Ordinal);
        var labels = new EinsumLabels(
            Spelt(left, Hidden(left, leftRank)), Spelt(right, Hidden(right, rightRank)), Spelt(output, most));
        var isProduct = labels.Left.Length == leftRank && labels.Right.Length == rightRank
            && new[] { labels.Left, labels.Right, labels.Output }.All(axes => axes.Distinct().Count() == axes.Length)
            && labels.Summed.Length > 0
            && (labels.LeftOnly + labels.RightOnly).All(labels.Output.Contains)
            && labels.Output.All((labels.Left + labels.Right).Contains);
        return isProduct ? labels : null;
    }

    private static string Implied(string left, string right)
    {
        var letters = (left + right).Replace(".", "", StringComparison.Ordinal);
        var once = string.Concat(letters.Where(letter => letters.Count(other => other == letter) == 1).Order());
        return (left + right).Contains("...") ? "..." + once : once;
    }

    private static string Where(string axes, Func<char, bool> isWanted) => string.Concat(axes.Where(isWanted));
}

using System.Globalization;
using System.Text.RegularExpressions;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>Where most of an output is lost, in the words of the user's own file, and what to type.</summary>
internal static class LossWords
{
    // what is left in float by the remedy: the worst, and another one where it does as much as this
    private const double WorthExcluding = 0.2;
    private const int MostExcluded = 2;

    internal static string Text(IReadOnlyList<TensorLoss> losses, Scheme scheme, OnnxModel original)
    {
        if (losses.Count == 0)
            return "";
        var known = GraphWalk.Names(original.Graph).ToHashSet();
        var named = losses.Select(loss =>
            string.Create(CultureInfo.InvariantCulture, $"{Name(loss.Tensor, scheme, known)} ({(loss.Share > 1 ? "alone more than all" : $"{100 * loss.Share:F0} %")})"));
        var nodes = losses
            .Where((loss, i) => i == 0 || (i < MostExcluded && loss.Share >= WorthExcluding))
            .SelectMany(loss => Around(loss.Tensor, scheme))
            .Select(node => node.DisplayName())
            .Distinct();
        var options = string.Join(' ', nodes.Select(node => $"--exclude {Quoted(node)}"));
        return $"most is lost by {string.Join(", ", named)}"
            + (options.Length > 0 ? $"; try to leave them in float: {options}" : "");
    }

    private static string Name(RoundedTensor tensor, Scheme scheme, HashSet<string> known)
    {
        if (tensor.WeightsOf is { } layer)
            return $"the weights of node {layer.DisplayName()}";
        if (known.Contains(tensor.Tensor))
            return $"tensor `{tensor.Tensor}`";
        return scheme.Index.Producer(tensor.Tensor) is { } maker
            ? $"what node {maker.DisplayName()} makes"
            : $"tensor `{tensor.Tensor}`";
    }

    /// <summary>The nodes that make or read a tensor in integers.</summary>
    private static IEnumerable<NodeProto> Around(RoundedTensor tensor, Scheme scheme)
    {
        if (tensor.WeightsOf is { } layer)
            return [layer];
        return scheme.Integers
            .Where(node => node.Inputs.Contains(tensor.Tensor) || node.Outputs.Contains(tensor.Tensor))
            .Select(node => node.Node);
    }

    private static string Quoted(string name) =>
        Regex.IsMatch(name, @"^[\w./:-]+$") ? name : $"'{name.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}

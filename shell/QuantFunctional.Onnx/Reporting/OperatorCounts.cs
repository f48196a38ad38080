using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>Counts the operators of a graph.</summary>
internal static class OperatorCounts
{
    /// <summary>How often each operator occurs with each kind, by kind and then by name.</summary>
    internal static IReadOnlyList<OperatorCount> Of(IEnumerable<NodeProto> nodes, Func<NodeProto, OperatorKind> kindOf) =>
    [
        .. nodes
            .GroupBy(node => (node.OpType, Kind: kindOf(node)))
            .Select(group => new OperatorCount(group.Key.OpType, group.Count(), group.Key.Kind))
            .OrderBy(count => count.Kind)
            .ThenBy(count => count.Operator, StringComparer.Ordinal),
    ];
}

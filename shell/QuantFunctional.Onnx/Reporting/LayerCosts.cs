using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>How many products of two numbers the layers of a model compute for one sample.</summary>
internal static class LayerCosts
{
    private static readonly string[] Products = ["Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum"];
    private static readonly string[] Recurrent = ["LSTM", "GRU", "RNN"];

    /// <summary>Whether a node is one that multiplies and adds.</summary>
    internal static bool Counts(NodeProto node) =>
        NodeAttributes.IsDefaultDomain(node.Domain) && (Products.Contains(node.OpType) || Recurrent.Contains(node.OpType));

    /// <summary>The multiply-adds of a node; null where a size is free that is no batch.</summary>
    internal static long? Of(NodeProto node, Scheme scheme) => Of(node, scheme.Dims);

    /// <summary>The same, of tensors of these dimensions.</summary>
    internal static long? Of(NodeProto node, Func<string, IReadOnlyList<long>?> dimsOf)
    {
        if (Recurrent.Contains(node.OpType))
            return Count(Sizes(node.Input[0], dimsOf)?.SkipLast(1)) * (Count(dimsOf(node.Input[1])) + Count(dimsOf(node.Input[2])));
        if (node.Is("ConvTranspose"))
            return Count(Sizes(node.Input[0], dimsOf)) * Count(dimsOf(node.Input[1])?.Skip(1));
        var outputs = Count(Sizes(node.Output[0], dimsOf));
        return outputs * node.OpType switch
        {
            "Conv" => Count(dimsOf(node.Input[1])?.Skip(1)),
            "Gemm" => dimsOf(node.Input[0])?[node.GetInt("transA", 0) == 0 ? 1 : 0] is { } inner and >= 0 ? inner : Inner(node, dimsOf),
            "MatMul" => Inner(node, dimsOf),
            _ => null,
        };
    }

    private static long? Inner(NodeProto node, Func<string, IReadOnlyList<long>?> dimsOf) =>
        dimsOf(node.Input[1]) is { Count: > 0 } dims
        && dims[dims.Count == 1 || (node.Is("Gemm") && node.GetInt("transB", 0) != 0) ? dims.Count - 1 : dims.Count - 2] is var inner and >= 0
            ? inner
            : null;

    // a free first axis counts samples
    private static IEnumerable<long>? Sizes(string tensor, Func<string, IReadOnlyList<long>?> dimsOf) =>
        dimsOf(tensor) is { } dims ? dims.Select((dim, axis) => axis == 0 && dim < 0 ? 1 : dim) : null;

    private static long? Count(IEnumerable<long>? sizes)
    {
        long? count = sizes is null ? null : 1;
        foreach (var size in sizes ?? [])
            count = size < 0 || count > long.MaxValue / Math.Max(size, 1) ? null : count * size;
        return count;
    }
}

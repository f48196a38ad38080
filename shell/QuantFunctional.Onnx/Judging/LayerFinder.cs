using System.Diagnostics.CodeAnalysis;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Judging;

/// <summary>Reads the weights of Conv, Gemm and MatMul nodes, or says why a node is no layer.</summary>
/// <param name="index">The graph.</param>
/// <param name="facts">The types and shapes of its tensors.</param>
/// <param name="takesHalf">Whether weights may be float16, which nodes that compute in it have.</param>
internal sealed class LayerFinder(GraphIndex index, TensorFacts facts, bool takesHalf = false)
{
    /// <summary>The layer that a node is, or the reason why it is none.</summary>
    internal bool TryFind(
        NodeProto node, [NotNullWhen(true)] out FoundLayer? layer, [NotNullWhen(false)] out string? reason)
    {
        layer = null;
        reason = Refuse(node);
        if (reason is not null)
            return false;

        var weight = index.Initializer(node.InputOrEmpty(1))!;
        var (layout, axis) = node.OpType switch
        {
            "Conv" => (WeightLayout.OIHW, 0),
            "Gemm" when node.GetInt("transB", 0) != 0 => (WeightLayout.OI, 0),
            _ => (WeightLayout.IO, 1),
        };
        if (Bias(node, (int)weight.Dims[axis]) is not { } bias)
        {
            reason = "a bias that is not one constant for each output channel";
            return false;
        }

        reason = NotFinite("weight", TensorData.FirstNotFinite(weight)) ?? NotFinite("bias", TensorData.FirstNotFinite(bias));
        if (reason is not null)
            return false;
        layer = new FoundLayer(node, weight, layout, axis, bias);
        return true;
    }

    /// <summary>
    /// A MatMul together with the Add that alone reads it, where that adds one constant for each column: one product
    /// with a bias, although its input is no matrix.
    /// </summary>
    internal FoundLayer? WithBias(FoundLayer layer, NodeProto sum)
    {
        var product = layer.Node.Output[0];
        if (!layer.Node.Is("MatMul") || layer.Sum is not null || !sum.Is("Add") || index.SoleConsumer(product) != sum)
            return null;
        var constant = sum.Input[sum.Input[0] == product ? 1 : 0];
        var rank = facts.Rank(layer.Node.Input[0]);
        if (index.Initializer(constant) is not { } tensor || tensor.Dims.Count > (rank ?? 1)
            || PerColumn(tensor, layer.Channels) is not { } bias || TensorData.FirstNotFinite(bias) is not null)
            return null;
        IReadOnlyList<long>? rows = rank is not null && facts.TryGet(layer.Node.Input[0], out var fact)
            ? [.. fact.Dims.SkipLast(1)]
            : null;
        return layer with { Bias = bias, Sum = sum, RowsShape = rows };
    }

    private string? Refuse(NodeProto node)
    {
        if (index.Initializer(node.InputOrEmpty(1)) is not { } weight)
            return "dynamic weight";
        if (!IsTaken(weight))
            return $"its weight is {TensorData.Type(weight).ToString().ToLowerInvariant()}, not float32";
        if (TensorData.Count(weight) == 0)
            return "its weight is empty";

        var rank = weight.Dims.Count;
        return node.OpType switch
        {
            "Conv" when rank is < 3 or > 5 => $"a weight of rank {rank}",
            "Gemm" when node.GetInt("transA", 0) != 0 => "transA",
            "Gemm" when node.GetFloat("alpha", 1) != 1 || node.GetFloat("beta", 1) != 1 => "alpha or beta is not 1",
            "Gemm" or "MatMul" when rank != 2 => $"a weight of rank {rank}",
            _ => null,
        };
    }

    private float[]? Bias(NodeProto node, int channels)
    {
        var name = node.InputOrEmpty(2);
        if (name.Length == 0)
            return [];
        return index.Initializer(name) is { } tensor ? PerColumn(tensor, channels) : null;
    }

    private bool IsTaken(TensorProto tensor) =>
        TensorData.Type(tensor) == TensorProto.Types.DataType.Float
        || (takesHalf && TensorData.Type(tensor) == TensorProto.Types.DataType.Float16);

    private float[]? PerColumn(TensorProto tensor, int channels)
    {
        if (!IsTaken(tensor))
            return null;
        var perColumn = tensor.Dims.Count == 0 || tensor.Dims.Take(tensor.Dims.Count - 1).All(d => d == 1);
        var values = TensorData.Floats(tensor);
        if (perColumn && values.Length == channels)
            return values;
        return values.Length == 1 ? [.. Enumerable.Repeat(values[0], channels)] : null;
    }

    // what folding made has a name that the user's file does not hold, so it is told by what it is
    private static string? NotFinite(string what, (int At, float Value)? found) => found is var (at, value)
        ? $"its {what} holds {(float.IsNaN(value) ? "NaN" : "an infinity")} at index {at}"
        : null;
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>What the tensors of a quantized model take in its file.</summary>
internal sealed class StoredBytes
{
    private readonly Dictionary<string, long> _tensors = [];
    private readonly Dictionary<string, NodeProto> _nodes = [];
    private readonly Dictionary<string, NodeProto> _makers = [];

    internal StoredBytes(OnnxModel quantized)
    {
        foreach (var tensor in GraphWalk.Tensors(quantized.Graph))
            _tensors.TryAdd(tensor.Name, TensorData.ByteCount(tensor) ?? 0);
        foreach (var node in GraphWalk.Nodes(quantized.Graph))
        {
            _nodes.TryAdd(node.DisplayName(), node);
            foreach (var output in node.Output)
                _makers.TryAdd(output, node);
        }
    }

    /// <summary>The weights of a product with all that makes real numbers of them.</summary>
    internal long OfProduct(string node) =>
        _nodes.TryGetValue(node, out var product) && _makers.TryGetValue(product.InputOrEmpty(1), out var conversion)
            ? conversion.Input.Sum(OfTensor)
            : 0;

    /// <summary>A table, and its steps, of which some rows are made.</summary>
    internal long OfRows(string made)
    {
        if (!_makers.TryGetValue(made, out var maker))
            return 0;
        // the tokens, which a Gather reads second, may come from other nodes
        return maker.Input.Sum(OfTensor)
            + maker.Input.Where((input, at) => _makers.ContainsKey(input) && !(at == 1 && maker.OpType.StartsWith("Gather", StringComparison.Ordinal))).Sum(OfRows);
    }

    /// <summary>One tensor; 0 for what the file does not hold.</summary>
    internal long OfTensor(string name) => _tensors.GetValueOrDefault(name);
}

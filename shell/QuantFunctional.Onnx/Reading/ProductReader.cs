using QuantFunctional.Documents;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reading;

/// <summary>Reads a MatMul of two activations.</summary>
/// <param name="facts">The tensors' shapes.</param>
internal sealed class ProductReader(TensorFacts facts)
{
    /// <summary>How its operands are stored, and how many products each of its sums adds where the shapes tell.</summary>
    internal CheckedActivationProduct Read(NodeProto node, Storage first, Storage second) =>
        new(node.DisplayName(), first, second, Inner(node.Input[0], fromEnd: 1) ?? Inner(node.Input[1], fromEnd: 2));

    private long? Inner(string tensor, int fromEnd) =>
        facts.TryGet(tensor, out var fact) && fact.Dims.Count >= fromEnd && fact.Dims[^fromEnd] >= 0 ? fact.Dims[^fromEnd] : null;
}

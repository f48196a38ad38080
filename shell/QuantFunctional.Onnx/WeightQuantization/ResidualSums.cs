using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// Finds the Adds of another tensor, as a residual is, behind a product of matrices: ONNX Runtime makes a Gemm of both before it
/// looks at the weights, and no MatMulNBits of that. With one axis more, or a constant bias, it does not come to that.
/// </summary>
/// <param name="prepared">The model.</param>
/// <param name="index">Its graph.</param>
/// <param name="isPlanned">Whether a node is a product that gets integer weights.</param>
internal sealed class ResidualSums(OnnxModel prepared, GraphIndex index, Func<NodeProto, bool> isPlanned)
{
    // looked up only where there is such an Add
    private readonly Lazy<TensorFacts> _facts = new(() => TensorFacts.Infer(prepared));

    /// <summary>The inputs of a node, by their places, that would become one Gemm with it.</summary>
    internal IEnumerable<int> BecomeGemms(NodeProto node) => node.Is("Add") && !node.Input.Any(input => index.Initializer(input) is not null)
        ? Enumerable.Range(0, 2).Where(at => IsProductOfMatrices(node.Input[at], node))
        : [];

    private bool IsProductOfMatrices(string tensor, NodeProto sum) =>
        index.Producer(tensor) is { } product && product.Is("MatMul") && isPlanned(product)
        && index.SoleConsumer(tensor) == sum
        && _facts.Value.Rank(tensor) == 2;
}

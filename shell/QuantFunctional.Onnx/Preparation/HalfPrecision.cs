using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Knows models that compute in float16, rather than holding weights in it that become float32 before they are used.</summary>
internal static class HalfPrecision
{
    /// <summary>Whether constants of a model are float16, as none is that was widened.</summary>
    internal static bool IsHeld(OnnxModel model) => GraphWalk.Tensors(model.Graph).Any(tensor => TensorData.Type(tensor) == DataType.Float16);

    /// <summary>
    /// Whether a node makes float16 of something that is not constant, and is more than a Cast or the rows of a table; or of integer
    /// weights, whose steps stay as they are.
    /// </summary>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model.</exception>
    internal static bool IsComputedIn(OnnxModel model)
    {
        if (!IsHeld(model))
            return false;
        var facts = TensorFacts.Infer(model);
        var constants = model.Graph.Initializer.Select(tensor => tensor.Name).Append("").ToHashSet();
        foreach (var node in new GraphIndex(model.Graph).TopologicalOrder)
        {
            if (node.OpType == "DequantizeLinear" && node.Output.Any(IsHalf))
                return true;
            if (node.Input.All(constants.Contains) && !GraphWalk.Bodies(node).Any())
                constants.UnionWith(node.Output);
            else if (!node.Is("Cast") && !(node.Is("Gather") && constants.Contains(node.Input[0])) && node.Output.Any(IsHalf))
                return true;
        }

        return false;

        bool IsHalf(string tensor) => facts.TryGet(tensor, out var fact) && fact.Type == DataType.Float16;
    }
}

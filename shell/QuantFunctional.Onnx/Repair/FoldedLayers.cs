using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Makes one layer of each that training with quantization left in parts, so that ONNX Runtime runs it on integers.</summary>
internal static class FoldedLayers
{
    /// <summary>A copy of a model with its layers folded and its constants where they can be looked at, and what was folded.</summary>
    internal static (OnnxModel Model, IReadOnlyList<FoldedLayer> Folded) Of(OnnxModel model)
    {
        var copy = model.Clone();
        var graph = new GraphEditor(copy);
        Constants.MakeInitializers(graph);
        ComputedConstants.Fold(graph);
        var layers = UnfoldedLayer.Of(copy, graph.Index);
        if (layers.Count == 0)
            return (ComputedConstants.Folded(model), []);
        List<FoldedLayer> folded =
        [
            .. layers.Select(layer => new FoldedLayer(
                layer.Node.DisplayName(), layer.Node.OpType, [.. layer.Behind.Select(node => node.OpType)])),
        ];
        foreach (var layer in layers)
            layer.Fold(graph);
        DeadCode.Remove(graph);
        return (copy, folded);
    }
}

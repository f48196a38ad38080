using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Merges what only scales and shifts the channels of a layer (BatchNormalization; Add, Sub, Mul, Div by constants;
/// alpha and beta of Gemm) into the weights and bias of the layer.
/// </summary>
internal static class LayerFolding
{
    /// <summary>Folds every chain that begins at a Conv, ConvTranspose, Gemm or MatMul with constant float32 weights.</summary>
    internal static void Fold(GraphEditor graph, TensorFacts facts)
    {
        // Folding goes forward only and never changes a tensor's readers, so that one index serves for all layers.
        var index = graph.Index;
        var absorbed = new List<NodeProto>();
        foreach (var node in index.TopologicalOrder)
        {
            if (FoldableLayer.Read(node, index, facts) is not { } layer)
                continue;
            while (Next(layer, index) is var (next, steps))
            {
                layer.Absorb(next, steps);
                absorbed.Add(next);
            }

            layer.Write(graph);
        }

        graph.RemoveNodes(absorbed);
        graph.Changed();
    }

    private static (NodeProto Node, ChannelStep[] Steps)? Next(FoldableLayer layer, GraphIndex index) =>
        layer.CanAbsorb
        && index.SoleConsumer(layer.Node.Output[0]) is { } node
        && ChannelStep.Read(node, layer.Output, index) is { } steps
            ? (node, steps)
            : null;
}

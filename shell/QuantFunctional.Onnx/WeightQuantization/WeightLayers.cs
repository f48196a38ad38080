using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>The products of a model whose weights become integers, and the layers that stay in float.</summary>
/// <param name="Path">The model, for messages.</param>
/// <param name="Found">The products, in the order of the data, each with its shape; their weights are read one by one.</param>
/// <param name="LeftInFloat">The layers that stay as they are, each with the reason.</param>
internal sealed record WeightLayers(string Path, IReadOnlyList<FoundLayer> Found, IReadOnlyList<FloatNode> LeftInFloat)
{
    /// <summary>The nodes whose weights were integers before.</summary>
    internal IReadOnlyList<QuantizedNode> StoredAlready { get; init; } = [];

    /// <summary>Whether there are products of float16, the steps of which are float16, too.</summary>
    internal bool AreSomeHalf => Found.Any(layer => StepTensor.FormatOf(layer.Weight) == StepFormat.Float16);

    /// <summary>Judges every layer of a prepared model.</summary>
    /// <param name="model">A prepared model.</param>
    /// <param name="kept">Nodes to leave in float by name, with the reason.</param>
    internal static WeightLayers Find(OnnxModel model, IReadOnlyDictionary<string, string> kept)
    {
        var index = new GraphIndex(model.Graph);
        var finder = new LayerFinder(index, TensorFacts.Infer(model), takesHalf: true);
        var inner = new InnerLayers(model.Proto);
        var found = new List<FoundLayer>();
        var left = new List<FloatNode>();
        var stored = new StoredProducts(index);
        var already = new List<QuantizedNode>();
        foreach (var node in index.TopologicalOrder)
        {
            if (stored.Of(node) is { } had)
            {
                already.Add(had);
                continue;
            }

            if ((Judge(node, finder, kept, out var layer) ?? inner.Of(node)) is { } reason)
                left.Add(new FloatNode(node.DisplayName(), node.OpType, reason));
            else if (layer is not null)
                found.Add(layer);
            Memory.LetGoOf(layer?.Weight);
        }

        return new WeightLayers(model.Path, found, left) { StoredAlready = already };
    }

    /// <summary>Plans one product.</summary>
    internal WeightOnlyLayer Plan(FoundLayer layer, WeightType type, WeightGranularity granularity)
    {
        var options = new WeightOnlyOptions
        {
            Type = type,
            Granularity = granularity,
            Rule = StepRule.Searched,
            Steps = StepTensor.FormatOf(layer.Weight),
        };
        var spec = new WeightOnlySpec
        {
            Weights = layer.Values,
            Shape = [.. layer.Weight.Dims.Select(dim => (int)dim)],
            Layout = layer.Layout,
            Bias = layer.Bias,
        };
        return WeightOnlyPlanner.TryPlan(spec, options, out var plan, out var refusal)
            ? plan
            : throw Diagnostics.Of(refusal).Fault(
                FaultKind.BadInput, $"{Path}: node {layer.Node.DisplayName()} ({layer.Node.OpType}): {refusal.Message}.",
                file: Path, node: layer.Node.DisplayName());
    }

    /// <summary>The reason why a layer stays in float; null for a product, and for nodes that are no layers.</summary>
    private static string? Judge(
        NodeProto node, LayerFinder finder, IReadOnlyDictionary<string, string> kept, out FoundLayer? layer)
    {
        layer = null;
        if (node.Is("Gemm") || node.Is("MatMul"))
        {
            if (kept.TryGetValue(node.DisplayName(), out var why))
                return why;
            return finder.TryFind(node, out layer, out var reason) ? null : reason;
        }

        return node.Is("Conv") || node.Is("ConvTranspose")
            ? "ONNX Runtime has no kernel for a convolution of integer weights and real inputs"
            : null;
    }
}

using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>A rounding that can be done alone: of the activations of one encoding, or of a layer's weights.</summary>
/// <param name="Name">The first tensor, or the layer.</param>
/// <param name="Kind">What is rounded.</param>
/// <param name="Made">What makes it.</param>
/// <param name="Tensors">The tensors.</param>
/// <param name="Switches">Which switches of the rounded graph it is.</param>
internal sealed record Rounding(
    string Name, RoundingKind Kind, string Made, IReadOnlyList<string> Tensors, IReadOnlyList<int> Switches)
{
    /// <summary>All roundings of a network in the order of the data.</summary>
    internal static IReadOnlyList<Rounding> All(RoundedGraph graph, PlannedNetwork network) =>
    [
        .. graph.Tensors
            .Select((tensor, at) => (Tensor: tensor, At: at))
            .GroupBy(one => one.Tensor.WeightsOf is { } layer ? (object)layer : network.Encodings.GroupOf(one.Tensor.Tensor))
            .Select(group => Of([.. group], network.Scheme)),
    ];

    /// <summary>The rounding with what it costs.</summary>
    internal RoundingLoss With(MeasuredLoss loss) => new(Name, Kind, Made, Tensors, loss);

    private static Rounding Of(IReadOnlyList<(RoundedTensor Tensor, int At)> parts, Scheme scheme)
    {
        var first = parts[0].Tensor;
        IReadOnlyList<string> tensors = [.. parts.Select(part => part.Tensor.Tensor)];
        IReadOnlyList<int> switches = [.. parts.Select(part => part.At)];
        return first.WeightsOf is { } layer
            ? new(layer.DisplayName(), RoundingKind.Weights, LayerWords(layer, scheme), tensors, switches)
            : new(first.Tensor, RoundingKind.Activations, MakerWords(first.Tensor, scheme), tensors, switches);
    }

    private static string MakerWords(string tensor, Scheme scheme)
    {
        if (scheme.MakerOf(tensor) is { } maker)
            return maker.Chain is { } chain ? $"chain of {string.Join(", ", chain.Nodes.Select(node => node.OpType))}" : LayerWords(maker.Node, scheme);
        if (scheme.Index.Producer(tensor) is { } node)
            return $"{node.OpType} in float";
        return scheme.Index.Initializer(tensor) is null ? "input" : "constant";
    }

    /// <summary>A node by its operator; a convolution of one input for each channel is what loses most in many networks.</summary>
    private static string LayerWords(NodeProto node, Scheme scheme) =>
        node.Is("Conv") && LayerGeometry.Groups(node) is > 1 and var groups && scheme.Dims(node.Input[1]) is [var channels, ..] && channels == groups
            ? "depthwise Conv"
            : node.OpType;
}

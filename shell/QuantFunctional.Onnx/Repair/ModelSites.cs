using System.Globalization;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>A layer that the target runs, and where its constants are; without a site, the reason.</summary>
/// <param name="Node">The node in the file.</param>
/// <param name="Layer">The layer as it is read.</param>
/// <param name="Site">Where its constants are; null where they cannot be replaced.</param>
/// <param name="Reason">Why they cannot.</param>
internal sealed record SitedLayer(NodeProto Node, ModelLayer Layer, LayerSite? Site, string Reason);

/// <summary>Finds the layers of a model in its file.</summary>
internal static class ModelSites
{
    /// <summary>The model's layers in the order of the data.</summary>
    /// <param name="edits">The file.</param>
    /// <param name="profile">The target.</param>
    internal static IReadOnlyList<SitedLayer> Of(ModelEdits edits, BackendProfile profile)
    {
        // names need not differ in a file, so that the layers are read under names of our own
        var named = edits.Model.Clone();
        foreach (var (node, i) in named.Graph.Node.Select((node, i) => (node, i)))
            node.Name = i.ToString(CultureInfo.InvariantCulture);
        var nodes = edits.Model.Graph.Node.ToList();
        var read = IntegerModel.Load(named, profile);
        return [.. read.Layers.Select(layer => Find(nodes[int.Parse(layer.Name, CultureInfo.InvariantCulture)], layer, edits))];
    }

    private static SitedLayer Find(NodeProto node, ModelLayer layer, ModelEdits edits)
    {
        if (LayerConstantsInFile.Of(node, edits.Index, out var reason) is not { } constants)
            return new SitedLayer(node, layer, null, reason);
        var integers = layer.Integers;
        var site = new LayerSite(
            node,
            constants.Weight,
            constants.Bias,
            constants.RealBias,
            integers.Shape,
            (float)integers.Input.StepSize,
            ChannelLimits.Of(integers, !integers.ProductSums.IsInFull));
        return new SitedLayer(node, layer, site, "");
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Mends the layers of a model whose sums a target does not hold.</summary>
/// <param name="edits">The file.</param>
/// <param name="followed">How many biases of a layer have followed its input's step already, by the node's first output.</param>
internal sealed class LayerRepairer(ModelEdits edits, IReadOnlyDictionary<string, int> followed)
{
    private readonly SiteWriter _writer = new(edits);

    /// <summary>Mends a layer in the file; null where nothing of it has changed.</summary>
    /// <exception cref="QuantException">It breaks a limit, and what it would take is not possible in this file.</exception>
    internal RepairedLayer? Repair(SitedLayer layer)
    {
        var reason = layer.Reason;
        if (layer.Site is not { } site || SiteChannels.Read(site, edits, out reason) is not { } channels)
            return layer.IsSound ? Followed(layer.Node) : throw Failed(layer.Node, reason);
        var repairs = channels.Repairs(out var hopeless)
            ?? throw Failed(site.Node, $"no step of channel {hopeless} helps, since the zero point of its weights alone makes a "
                + "pair that 16 bits do not hold; quantize it with the zero point 0");
        if (repairs.Count == 0)
            return Followed(layer.Node, site.Shape.Channels);
        if (_writer.Obstacle(site) is { } obstacle)
            throw Failed(site.Node, obstacle);
        var change = repairs.Sum(repair => repair.ChangePower());
        var power = channels.Power();
        _writer.Write(site, repairs);
        return new RepairedLayer(
            site.Node.DisplayName(),
            site.Node.OpType,
            site.Shape.Channels,
            [.. repairs.Select(repair => repair.Channel)],
            repairs.Count(repair => repair.IsPair),
            repairs.Count(repair => !repair.IsPair),
            repairs.Max(repair => repair.Growth),
            repairs.Average(repair => repair.Growth),
            10 * Math.Log10(power / change),
            Math.Max(site.Bias is null ? 0 : repairs.Count, followed.GetValueOrDefault(site.Node.Output[0])));
    }

    /// <summary>A layer of which biases alone have changed.</summary>
    private RepairedLayer? Followed(NodeProto node, int channels = 0) => followed.TryGetValue(node.Output[0], out var biases)
        ? new RepairedLayer(node.DisplayName(), node.OpType, Math.Max(channels, biases), [], 0, 0, 1, 1, null, biases)
        : null;

    private QuantException Failed(NodeProto node, string why) => Diagnostics.LayerNotRepaired.Fault(
        $"{edits.Model.Path}: node {node.DisplayName()} ({node.OpType}) cannot be repaired: {why}.",
        file: edits.Model.Path, node: node.DisplayName());
}

using System.Globalization;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>A layer that the target runs, and where its constants are; without a site, the reason.</summary>
/// <param name="Node">The node in the file.</param>
/// <param name="Site">Where its constants are; null where they cannot be replaced.</param>
/// <param name="IsSound">Whether its certificate passes as it is.</param>
/// <param name="Reason">Why they cannot.</param>
internal sealed record SitedLayer(NodeProto Node, LayerSite? Site, bool IsSound, string Reason = "");

/// <summary>Finds the layers of a model in its file.</summary>
internal sealed class ModelSites
{
    private readonly ModelEdits _edits;
    private readonly BackendProfile _profile;
    private readonly List<NodeProto> _nodes;

    private ModelSites(ModelEdits edits, BackendProfile profile)
    {
        (_edits, _profile, _nodes) = (edits, profile, [.. edits.Model.Graph.Node]);
        // names need not differ in a file, so that the layers are read under names of our own
        var numbered = edits.Model.Clone();
        foreach (var (node, i) in numbered.Graph.Node.Select((node, i) => (node, i)))
            node.Name = i.ToString(CultureInfo.InvariantCulture);
        var demanded = IntegerModel.Load(numbered, profile);
        var full = profile.Products.IsInFull ? demanded : IntegerModel.Load(numbered, FSharp.BackendProfile.withProducts(ProductSums.InFull, profile));
        var all = full.Layers.Select(layer => (Layer: layer, IsProduct: false))
            .Concat(full.Products.Select(layer => (Layer: layer, IsProduct: true)))
            .OrderBy(found => Number(found.Layer.Name));
        Layers =
        [
            .. all.Select(found => Find(found.Layer, found.IsProduct, Demanded(demanded, found.Layer.Name))),
        ];
        NotUnderstood =
        [
            .. full.InFloat.Concat(full.Unread)
                .Where(left => Holds8Bits(_nodes[Number(left.Name)]))
                .Where(left => full.Layers.Concat(full.Products).All(layer => layer.Name != left.Name))
                .DistinctBy(left => left.Name)
                .Select(left => left with { Name = _nodes[Number(left.Name)].DisplayName() }),
        ];
    }

    /// <summary>The layers in the order of the file.</summary>
    internal IReadOnlyList<SitedLayer> Layers { get; }

    /// <summary>The nodes that multiply stored integers and are not read, each with the reason.</summary>
    internal IReadOnlyList<FloatNode> NotUnderstood { get; }

    /// <summary>Reads a file's layers for a target.</summary>
    internal static ModelSites Of(ModelEdits edits, BackendProfile profile) => new(edits, profile);

    private static int Number(string name) => int.Parse(name, CultureInfo.InvariantCulture);

    /// <summary>
    /// The layer as the target itself runs it. One that is only read where products are added in full has a zero point in
    /// its weights, and pairs of them as stored that saturate: null.
    /// </summary>
    private static ModelLayer? Demanded(IntegerModel demanded, string name) =>
        demanded.Layers.Concat(demanded.Products).FirstOrDefault(layer => layer.Name == name);

    private SitedLayer Find(ModelLayer layer, bool isProduct, ModelLayer? demanded)
    {
        var node = _nodes[Number(layer.Name)];
        var isSound = demanded?.Certify().Passed == true;
        var pairs = !_profile.Products.IsInFull && demanded?.Integers.ProductSums.IsInFull != true;
        if (!isSound)
            FoldWeights(node);
        if (LayerConstantsInFile.Of(node, _edits.Index, out var reason) is not { } constants)
            return new SitedLayer(node, null, isSound, reason);
        var integers = layer.Integers;
        return new SitedLayer(
            node,
            new LayerSite(
                node,
                constants.Weight,
                constants.Bias,
                constants.RealBias,
                integers.Shape,
                isProduct ? StepOfInput(node) : (float)integers.Input.StepSize,
                ChannelLimits.Of(integers, pairs)),
            isSound);
    }

    /// <summary>Makes integers of weights that the file holds as real numbers behind a QuantizeLinear.</summary>
    private void FoldWeights(NodeProto node)
    {
        var index = _edits.Index;
        if (node.OpType is "Conv" or "Gemm" or "MatMul"
            && index.Producer(node.Input[1]) is { OpType: "DequantizeLinear" } weight
            && index.Producer(weight.Input[0]) is { OpType: "QuantizeLinear" } quantize
            && index.Initializer(quantize.Input[0]) is not null)
        {
            _edits.Fold(quantize);
        }
    }

    /// <summary>The step of the input of a layer whose output stays real; null where each run finds its own.</summary>
    private float? StepOfInput(NodeProto node)
    {
        var slot = node.OpType == "QGemm" ? node.Input[1]
            : _edits.Index.Producer(node.Input[0]) is { OpType: "DequantizeLinear" } input ? input.Input[1]
            : "";
        return _edits.Constant(slot) is { } step && StoredIntegers.IsStep(step) && TensorData.Count(step) == 1
            ? TensorData.Floats(step)[0]
            : null;
    }

    /// <summary>Whether a node multiplies by integers that the file stores.</summary>
    private bool Holds8Bits(NodeProto node) => node.OpType switch
    {
        "Conv" or "Gemm" or "MatMul" => node.Input.Take(2).All(input =>
            _edits.Index.Producer(input) is { OpType: "DequantizeLinear" }),
        "QLinearConv" or "QLinearMatMul" or "QGemm" or "MatMulInteger" or "ConvInteger" or "DynamicQuantizeMatMul"
            or "MatMulIntegerToFloat" or "QAttention" or "DynamicQuantizeLSTM" => true,
        _ => false,
    };
}

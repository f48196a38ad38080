using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>Shows what is in a model and what of it would be quantized.</summary>
internal static class Inspector
{
    internal static ModelInspection Inspect(ModelSource source)
    {
        var model = OnnxModel.Load(source);
        return AlreadyQuantized.Is(model) ? Quantized(source, model) : Foresee(source, model);
    }

    private static ModelInspection Quantized(ModelSource source, OnnxModel model)
    {
        var operators = FusedGraph.Count(model);
        return Describe(source, model) with
        {
            IsQuantized = true,
            Operators = operators,
            OldestRelease = Releases.Of(model, operators),
        };
    }

    private static ModelInspection Foresee(ModelSource source, OnnxModel model)
    {
        var prepared = ModelPreparation.Prepare(Exclusions.Named(model));
        var scheme = Scheme.Build(prepared, symmetric: false, new Dictionary<string, string>());
        return Describe(source, model) with
        {
            Operators = OperatorCounts.Of(
                prepared.Graph.Node.Where(node => !scheme.IsAbsorbed(node)), node => KindOf(node, scheme)),
            Layers = [.. prepared.Graph.Node.Where(LayerCosts.Counts).Select(node => Describe(node, scheme))],
            LeftInFloat = Reports.FloatNodes(scheme),
            InBrowsers = Reporting.InBrowsers.Sentence(scheme.Layers),
        };
    }

    /// <summary>What the file alone tells.</summary>
    private static ModelInspection Describe(ModelSource source, OnnxModel model) => new(
        model.Path,
        model.Opset,
        ModelSize.Of(source, model),
        [.. model.Inputs.Select(Describe)],
        [.. model.Graph.Output.Select(Describe)],
        [.. model.Graph.Node
            .GroupBy(node => node.OpType)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new OperatorUse(group.Key, group.Count()))],
        IsQuantized: false,
        Operators: [],
        Layers: [],
        LeftInFloat: []);

    private static OperatorKind KindOf(NodeProto node, Scheme scheme)
    {
        if (scheme.IntegerForm(node) is not null)
            return OperatorKind.Integer;
        return scheme.Floats.Any(left => left.Node == node) ? OperatorKind.Float : OperatorKind.Other;
    }

    private static InspectedLayer Describe(NodeProto node, Scheme scheme)
    {
        var form = scheme.IntegerForm(node);
        var weight = form?.Layer?.Weight ?? scheme.Index.Initializer(node.InputOrEmpty(1));
        return new InspectedLayer(
            node.DisplayName(), node.OpType, [.. weight?.Dims ?? []], form?.Layer?.Channels ?? 0, form?.Layer is { Bias.Length: > 0 })
        {
            MultiplyAdds = LayerCosts.Of(node, scheme),
            Reason = form is null ? scheme.Floats.FirstOrDefault(left => left.Node == node).Reason ?? "it has no real data" : null,
        };
    }

    private static TensorInfo Describe(ValueInfoProto value)
    {
        var type = value.Type?.TensorType;
        return new TensorInfo(
            value.Name,
            ((TensorProto.Types.DataType)(type?.ElemType ?? 0)).ToString().ToLowerInvariant(),
            [.. (type?.Shape?.Dim ?? []).Select(Describe)]);
    }

    private static string Describe(TensorShapeProto.Types.Dimension dim) => dim.ValueCase switch
    {
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue =>
            dim.DimValue.ToString(System.Globalization.CultureInfo.InvariantCulture),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when dim.DimParam.Length > 0 => dim.DimParam,
        _ => "?",
    };
}

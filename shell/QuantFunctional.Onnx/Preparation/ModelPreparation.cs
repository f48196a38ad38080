using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Turns a float model into one that is ready to be quantized and computes the same.</summary>
internal static class ModelPreparation
{
    /// <summary>
    /// A new model with the same graph inputs and outputs (names, order, shapes, element types), at opset 13 or later,
    /// in which whatever is constant is an initializer and whatever belongs to a layer is part of its weights and bias.
    /// Preparing a prepared model changes nothing. The argument is not modified.
    /// </summary>
    /// <param name="model">The float model.</param>
    /// <param name="staysTransposed">Which ConvTranspose is not to be written as a Conv; none where null.</param>
    /// <param name="transposed">Told of every ConvTranspose that is.</param>
    /// <param name="staysApart">Which operators become no part of another that comes after them; none where null.</param>
    /// <exception cref="QuantException">
    /// The model is quantized already, its opset is not supported or cannot be raised, or ONNX Runtime refuses it.
    /// </exception>
    internal static OnnxModel Prepare(
        OnnxModel model,
        Func<NodeProto, bool>? staysTransposed = null,
        List<TransposedSummary>? transposed = null,
        Func<NodeProto, bool>? staysApart = null)
    {
        OpsetRaising.RefuseUnsupported(model);
        var inlined = FunctionInlining.Inlined(model);
        AlreadyQuantized.Refuse(inlined);

        var prepared = inlined.Clone();
        WideFloats.Rewrite(prepared);
        return InFloat32(prepared, staysTransposed, transposed, staysApart);
    }

    /// <summary>
    /// The same for a model of which the weights alone become integers: no layer is written as another, products may have integer
    /// weights already, and float16 stays where the model computes in it. There constants alone are computed, since what belongs to
    /// a layer is folded in float32.
    /// </summary>
    /// <param name="model">The float model.</param>
    /// <exception cref="QuantException">As above; where activations are quantized already.</exception>
    internal static OnnxModel PrepareWeights(OnnxModel model)
    {
        OpsetRaising.RefuseUnsupported(model);
        var inlined = FunctionInlining.Inlined(model);
        AlreadyQuantized.RefuseActivations(inlined);

        var prepared = inlined.Clone();
        WideFloats.RewriteOthersThanHalf(prepared);
        if (OpsetRaising.IsRaised(prepared) || !HalfPrecision.IsComputedIn(prepared))
        {
            WideFloats.Rewrite(prepared);
            return InFloat32(prepared, staysTransposed: _ => true, transposed: null, staysApart: _ => true);
        }

        prepared = FlatGraph.Of(prepared, IsLayer);
        OpsetRaising.RaiseIr(prepared);
        var graph = new GraphEditor(prepared);
        Constants.MakeInitializers(graph);
        DeadCode.Remove(graph);
        PassThrough.Remove(graph);
        var facts = ConstantFolding.Fold(graph);
        while (ComputedShapes.Rewrite(graph, facts))
            facts = ConstantFolding.Fold(graph);
        DeadCode.Remove(graph);
        graph.SortNodes();
        return prepared;
    }

    private static OnnxModel InFloat32(
        OnnxModel prepared, Func<NodeProto, bool>? staysTransposed, List<TransposedSummary>? transposed, Func<NodeProto, bool>? staysApart)
    {
        prepared = FlatGraph.Of(prepared, IsLayer);
        OpsetRaising.RaiseIr(prepared);
        var graph = new GraphEditor(prepared);
        Constants.MakeInitializers(graph);
        Swishes.Rewrite(graph);
        DeadCode.Remove(graph);
        PassThrough.Remove(graph);
        var facts = ConstantFolding.Fold(graph);
        if (OpsetRaising.Raise(graph, facts))
            facts = ConstantFolding.Fold(graph);

        while (ComputedShapes.Rewrite(graph, facts))
            facts = ConstantFolding.Fold(graph);
        SameTypeCasts.Remove(graph, tensor => facts.TryGet(tensor, out var fact) ? fact.Type : null);
        ContribFusions.Rewrite(graph);
        GemmForms.Rewrite(graph);
        if (EinsumProducts.Rewrite(graph, facts))
            facts = ConstantFolding.Fold(graph);
        ProductForms.Rewrite(graph, facts);
        Rectifiers.Rewrite(graph, facts);

        LayerFolding.Fold(graph, facts);
        HardSwishes.Rewrite(graph, facts, staysApart ?? (_ => false));
        ConstantOperands.Rewrite(graph);
        SpatialMeans.Rewrite(graph, facts);
        WrittenAxes.Rewrite(graph, facts);
        SimplerOperators.Rewrite(graph, facts);
        ConvolutionPads.Merge(graph);
        var rewritten = TransposedConvolutions.Rewrite(graph, facts, staysTransposed ?? (_ => false));
        transposed?.AddRange(rewritten);
        InputFolding.Fold(graph, facts, staysApart ?? (_ => false));

        DeadCode.Remove(graph);
        graph.SortNodes();
        return prepared;
    }

    private static bool IsLayer(NodeProto node) =>
        NodeAttributes.IsDefaultDomain(node.Domain) && node.OpType is "Conv" or "ConvTranspose" or "Gemm" or "MatMul" or "Einsum";
}

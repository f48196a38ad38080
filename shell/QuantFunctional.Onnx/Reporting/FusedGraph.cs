using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>A quantized model as ONNX Runtime runs it: the graph that it writes after its own optimization.</summary>
internal static class FusedGraph
{
    private static readonly string[] Layers = ["Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul"];

    /// <summary>Loads a model in ONNX Runtime and counts the operators that it fused it into.</summary>
    /// <param name="model">A quantized model.</param>
    /// <param name="configure">Changes how ONNX Runtime loads it; null leaves that as on this machine.</param>
    /// <exception cref="QuantException">ONNX Runtime does not load the model.</exception>
    internal static IReadOnlyList<OperatorCount> Count(OnnxModel model, Action<SessionOptions>? configure = null) =>
        Count(Load(model, configure));

    /// <summary>The operators as ONNX Runtime runs them, and how many layers of integer weights are in float among them.</summary>
    /// <exception cref="QuantException">ONNX Runtime does not load the model.</exception>
    internal static (IReadOnlyList<OperatorCount> Operators, int LayersInFloat) Of(OnnxModel model)
    {
        var fused = Load(model, configure: null);
        var index = new GraphIndex(fused.Graph);
        return (Count(fused), fused.Graph.Node.Count(node => Layers.Contains(node.OpType) && HasIntegerWeights(node, index)));
    }

    private static IReadOnlyList<OperatorCount> Count(OnnxModel fused)
    {
        var facts = TensorFacts.Infer(fused);
        return OperatorCounts.Of(fused.Graph.Node, node => KindOf(node, facts));
    }

    private static bool HasIntegerWeights(NodeProto node, GraphIndex index) =>
        index.Producer(node.InputOrEmpty(1)) is { OpType: "DequantizeLinear" } conversion
        && index.Initializer(conversion.Input[0]) is not null;

    private static OnnxModel Load(OnnxModel model, Action<SessionOptions>? configure)
    {
        try
        {
            var (session, fused) = OptimizedGraph.Open(model, () => Extended(configure));
            session.Dispose();
            var whole = new OnnxModel(model.Path, fused ?? throw Diagnostics.GraphNotSeen.Fault(
                $"{model.Path}: the graph that ONNX Runtime makes of it cannot be looked at, "
                + "because no temporary file can be written.",
                file: model.Path));
            return FlatGraph.Of(whole, _ => true);
        }
        catch (QuantException refused) when (refused.InnerException is OnnxRuntimeException e)
        {
            throw Diagnostics.ResultNotLoaded.Fault(
                refused.Message.Replace("does not accept the model", "does not load the quantized model", StringComparison.Ordinal),
                file: model.Path, inner: e);
        }
    }

    private static SessionOptions Extended(Action<SessionOptions>? configure)
    {
        var options = OrtSessions.Options();
        options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED;
        configure?.Invoke(options);
        return options;
    }

    private static OperatorKind KindOf(NodeProto node, TensorFacts facts)
    {
        if (node.OpType is "QuantizeLinear" or "DequantizeLinear")
            return OperatorKind.Conversion;
        if (node.OpType is "Shape" or "Size")
            return OperatorKind.Other;
        var types = node.Input.Concat(node.Output)
            .Select(tensor => facts.TryGet(tensor, out var fact) ? fact.Type : DataType.Undefined)
            .ToList();
        if (types.Any(type => type is DataType.Uint8 or DataType.Int8 or DataType.Uint16 or DataType.Int16
            or DataType.Uint4 or DataType.Int4))
            return OperatorKind.Integer;
        return types.Any(type => type is DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16)
            ? OperatorKind.Float
            : OperatorKind.Other;
    }
}

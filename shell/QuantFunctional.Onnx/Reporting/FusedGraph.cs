using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>A quantized model as ONNX Runtime runs it: the graph that it writes after its own optimization.</summary>
internal static class FusedGraph
{
    /// <summary>Loads a model in ONNX Runtime and counts the operators that it fused it into.</summary>
    /// <param name="model">A quantized model.</param>
    /// <param name="configure">Changes how ONNX Runtime loads it; null leaves that as on this machine.</param>
    /// <exception cref="QuantException">ONNX Runtime does not load the model.</exception>
    internal static IReadOnlyList<OperatorCount> Count(OnnxModel model, Action<SessionOptions>? configure = null)
    {
        var fused = Load(model, configure);
        var facts = TensorFacts.Infer(fused);
        return OperatorCounts.Of(fused.Graph.Node, node => KindOf(node, facts));
    }

    private static OnnxModel Load(OnnxModel model, Action<SessionOptions>? configure)
    {
        try
        {
            var (session, fused) = OptimizedGraph.Open(model, () => Extended(configure));
            session.Dispose();
            return new OnnxModel(model.Path, fused ?? throw QuantException.Failed(
                $"{model.Path}: the graph that ONNX Runtime makes of it cannot be looked at, "
                + "because no temporary file can be written."));
        }
        catch (QuantException refused) when (refused.InnerException is OnnxRuntimeException e)
        {
            throw QuantException.Failed(
                refused.Message.Replace("does not accept the model", "does not load the quantized model", StringComparison.Ordinal), e);
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

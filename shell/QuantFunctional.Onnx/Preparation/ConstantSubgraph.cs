using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Runs nodes that need no input in ONNX Runtime, without optimization.</summary>
internal static class ConstantSubgraph
{
    /// <summary>The values of some tensors that the nodes make, in the order asked for.</summary>
    /// <exception cref="QuantException">ONNX Runtime cannot compute them.</exception>
    internal static IReadOnlyList<TensorProto> Evaluate(
        OnnxModel model, IReadOnlyList<NodeProto> nodes, IReadOnlyList<string> wanted)
    {
        if (wanted.Count == 0)
            return [];
        using var session = OrtSessions.OpenUnoptimized(new OnnxModel(model.Path, Document(model, nodes, wanted)));
        using var options = new RunOptions();
        try
        {
            using var results = session.Run(options, [], [], [.. wanted]);
            return [.. results.Select(ToTensor)];
        }
        catch (OnnxRuntimeException e)
        {
            throw Diagnostics.ConstantsNotComputed.Fault(
                $"{model.Path}: ONNX Runtime cannot compute the constants: {e.Message}",
                file: model.Path, inner: e);
        }
    }

    private static ModelProto Document(OnnxModel model, IReadOnlyList<NodeProto> nodes, IReadOnlyList<string> wanted)
    {
        var read = nodes.SelectMany(n => n.Input).ToHashSet();
        return new ModelProto
        {
            IrVersion = model.Proto.IrVersion,
            OpsetImport = { model.Proto.OpsetImport },
            Graph = new GraphProto
            {
                Name = "constants",
                Node = { nodes },
                Initializer = { model.Graph.Initializer.Where(t => read.Contains(t.Name)) },
                Output = { wanted.Select(name => new ValueInfoProto { Name = name }) },
            },
        };
    }

    private static TensorProto ToTensor(OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        // The numbers of ONNX Runtime's element types are those of the format.
        var type = (TensorProto.Types.DataType)(int)info.ElementDataType;
        return TensorData.Make("", info.Shape, type, value.GetTensorMutableRawData());
    }
}

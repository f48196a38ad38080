using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Makes a constant of a Transpose of a large matrix in a file, which is read with its rows as columns when it is looked at: a head
/// that is the table of the embedding need not be in memory, and is known to be that table.
/// </summary>
internal static class TransposedInFile
{
    internal static void Fold(GraphEditor graph)
    {
        foreach (var node in graph.Graph.Node.ToList())
        {
            if (Of(node, graph.Index) is not { } tensor)
                continue;
            graph.RemoveNodes([node]);
            graph.SetConstant(node.Output[0], tensor);
        }
    }

    private static TensorProto? Of(NodeProto node, GraphIndex index)
    {
        if (!node.Is("Transpose") || node.GetInts("perm") is not (null or [1, 0]) || index.IsGraphOutput(node.Output[0])
            || index.Initializer(node.Input[0]) is not { Dims.Count: 2 } matrix || TensorData.Type(matrix) != TensorProto.Types.DataType.Float
            || FileBytes.Transposed(matrix.RawData, (int)matrix.Dims[1]) is not { } bytes)
            return null;
        return new TensorProto { DataType = matrix.DataType, Dims = { matrix.Dims.Reverse() }, RawData = bytes };
    }
}

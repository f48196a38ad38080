using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Products;

/// <summary>The types of the integers that products read, as far as a file says them.</summary>
internal static class OperandTypes
{
    /// <summary>The type of a tensor of integers; null where the file does not say it.</summary>
    internal static DataType? Of(string tensor, GraphProto graph, GraphIndex index)
    {
        if (index.Initializer(tensor) is { } constant)
            return TensorData.Type(constant);
        if (graph.Input.FirstOrDefault(input => input.Name == tensor) is { } input)
            return (DataType)input.Type.TensorType.ElemType;
        return index.Producer(tensor) switch
        {
            { OpType: "DynamicQuantizeLinear" } => DataType.Uint8,
            { OpType: "QuantizeLinear" } q when index.Initializer(q.InputOrEmpty(2)) is { } zero => TensorData.Type(zero),
            { OpType: "QuantizeLinear" } q => (DataType)q.GetInt("output_dtype", (long)DataType.Uint8),
            { OpType: "Reshape" or "Transpose" or "Squeeze" or "Unsqueeze" or "Flatten" or "Slice" or "Identity" or "MaxPool" } mover =>
                Of(mover.Input[0], graph, index),
            _ => null,
        };
    }
}

using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>What is known of an operand that is a constant of the model.</summary>
internal static class ConstantOperand
{
    /// <summary>Its smallest and largest value; null where it is none of float32, or holds one that is not finite.</summary>
    internal static ObservedRange? Range(GraphIndex index, string tensor)
    {
        if (index.Initializer(tensor) is not { } constant || TensorData.Type(constant) != Format.TensorProto.Types.DataType.Float)
            return null;
        return ObservedRange.TryOf(TensorData.Floats(constant), out var range) && !range.IsEmpty ? range : null;
    }

    /// <summary>The smallest and the largest value of a constant of float32 that is not empty, infinite ones included.</summary>
    internal static ObservedRange WithInfinities(Format.TensorProto constant)
    {
        var values = TensorData.Floats(constant);
        return new ObservedRange(values.Min(), values.Max());
    }

    /// <summary>Its only value; null where it has not exactly one.</summary>
    internal static double? Single(GraphIndex index, string tensor) =>
        Range(index, tensor) is { } range && range.Min == range.Max ? range.Min : null;
}

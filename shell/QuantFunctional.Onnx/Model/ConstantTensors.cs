using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>Reads constants where they are: initializers, and nodes that hold a value.</summary>
internal static class ConstantTensors
{
    /// <summary>The value of a constant; null for what is computed or given.</summary>
    internal static TensorProto? Constant(this GraphIndex index, string tensor)
    {
        if (index.Initializer(tensor) is { } initializer)
            return initializer;
        return index.Producer(tensor) is { } node && node.Is("Constant") ? node.Attribute switch
        {
            [{ Name: "value", T: { } value }] => value,
            [{ Name: "value_float" } a] => TensorData.Make(tensor, [], [a.F]),
            [{ Name: "value_floats" } a] => TensorData.Make(tensor, [a.Floats.Count], [.. a.Floats]),
            _ => null,
        }
        : null;
    }
}

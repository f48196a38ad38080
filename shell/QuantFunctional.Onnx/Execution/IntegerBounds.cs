using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Execution;

/// <summary>The interval that a Clip of integers cuts them to.</summary>
internal static class IntegerBounds
{
    /// <summary>The bounds, no wider than what the tensor holds; null for another node, and where a bound is computed.</summary>
    internal static (int Low, int High)? Of(NodeProto node, Storage stored, GraphIndex index)
    {
        if (!node.Is("Clip"))
            return null;
        return Bound(1, stored.Lowest) is { } low && Bound(2, stored.Highest) is { } high && low <= high ? (low, high) : null;

        int? Bound(int position, int byDefault)
        {
            var name = node.InputOrEmpty(position);
            if (name.Length == 0)
                return byDefault;
            return index.Initializer(name) is { } tensor && !TensorData.IsReal(tensor) && TensorData.Integers(tensor) is [var bound]
                ? (int)Math.Clamp(bound, stored.Lowest, stored.Highest)
                : null;
        }
    }
}

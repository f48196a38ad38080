using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>The interval that a Relu or Clip cuts its input to.</summary>
internal static class ActivationBounds
{
    /// <summary>The bounds; null for another node, and where a bound is computed.</summary>
    internal static (float Low, float High)? Of(NodeProto node, GraphIndex index)
    {
        if (node.Is("Relu"))
            return (0, float.PositiveInfinity);
        if (!node.Is("Clip"))
            return null;
        return Bound(node, index, 1, "min", float.NegativeInfinity) is { } low
            && Bound(node, index, 2, "max", float.PositiveInfinity) is { } high
            ? (low, high)
            : null;
    }

    private static float? Bound(NodeProto node, GraphIndex index, int input, string attribute, float byDefault)
    {
        var name = node.InputOrEmpty(input);
        if (name.Length == 0)
            return node.GetFloat(attribute, byDefault);
        return index.Initializer(name) is { } tensor && TensorData.IsReal(tensor) && TensorData.Count(tensor) == 1
            ? TensorData.Floats(tensor)[0]
            : null;
    }
}

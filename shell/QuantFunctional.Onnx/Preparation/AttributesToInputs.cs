using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Operators whose attributes became inputs between opset 7 and 13.</summary>
internal static class AttributesToInputs
{
    /// <summary>Squeeze, Unsqueeze and ReduceSum (13): axes.</summary>
    internal static void Axes(OpsetRewrite rewrite) => Move(rewrite, "axes", 1);

    /// <summary>Split (13): the sizes of the parts.</summary>
    internal static void Split(OpsetRewrite rewrite) => Move(rewrite, "split", 1);

    /// <summary>Slice (10): starts, ends, axes.</summary>
    internal static void Slice(OpsetRewrite rewrite)
    {
        Move(rewrite, "starts", 1);
        Move(rewrite, "ends", 2);
        Move(rewrite, "axes", 3);
    }

    /// <summary>TopK (10): the number of elements.</summary>
    internal static void TopK(OpsetRewrite rewrite)
    {
        if (rewrite.From >= 10)
            return;
        rewrite.SetInput(1, "k", [rewrite.Node.GetInt("k", 1)]);
        rewrite.Node.Remove("k");
    }

    /// <summary>Clip (11): the bounds; one that is absent, or as wide as float32, is left out.</summary>
    internal static void Clip(OpsetRewrite rewrite)
    {
        if (rewrite.From >= 11)
            return;
        var node = rewrite.Node;
        if (node.GetFloat("min", float.MinValue) is var min && min > float.MinValue)
            rewrite.SetScalar(1, "min", min);
        if (node.GetFloat("max", float.MaxValue) is var max && max < float.MaxValue)
            rewrite.SetScalar(2, "max", max);
        node.Remove("min");
        node.Remove("max");
    }

    /// <summary>Pad (11): the pads, and the value where it is not 0.</summary>
    internal static void Pad(OpsetRewrite rewrite)
    {
        if (rewrite.From >= 11)
            return;
        Move(rewrite, "pads", 1);
        if (rewrite.Node.GetFloat("value", 0) is var value && value != 0)
            rewrite.SetScalar(2, "value", value);
        rewrite.Node.Remove("value");
    }

    private static void Move(OpsetRewrite rewrite, string name, int input)
    {
        if (rewrite.Node.GetInts(name) is not { } values)
            return;
        rewrite.SetInput(input, name, values);
        rewrite.Node.Remove(name);
    }
}

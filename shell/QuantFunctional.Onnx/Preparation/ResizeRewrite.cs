using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Upsample (until 9) and Resize of opset 10 are Resize of 11 that counts from the corner.</summary>
internal static class ResizeRewrite
{
    /// <summary>Upsample 7 has its scales as an attribute, Upsample 9 as an input.</summary>
    internal static void Upsample(OpsetRewrite rewrite)
    {
        var node = rewrite.Node;
        if (node.GetFloats("scales") is { } scales)
        {
            var tensor = TensorData.Make($"{node.Output[0]}_scales", [scales.Count], [.. scales]);
            rewrite.SetInput(1, rewrite.Graph.AddInitializer(tensor));
            node.Remove("scales");
        }

        node.OpType = "Resize";
        FromCorner(rewrite);
    }

    /// <summary>Resize 11 may name empty scales beside sizes; 13 wants one of the two.</summary>
    internal static void Resize(OpsetRewrite rewrite)
    {
        if (rewrite.From < 11)
            FromCorner(rewrite);
        else if (rewrite.Constant(2) is { } scales && TensorData.Count(scales) == 0)
            rewrite.SetInput(2, "");
    }

    private static void FromCorner(OpsetRewrite rewrite)
    {
        var node = rewrite.Node;
        if (node.GetString("mode", "nearest") == "nearest")
        {
            // The old kernel rounds down where it enlarges and up where it shrinks.
            if (rewrite.Constant(1) is not { } scales)
                throw rewrite.Refusal("has scales that are not constant");
            var values = TensorData.Floats(scales);
            if (values.Any(s => s < 1) && values.Any(s => s > 1))
                throw rewrite.Refusal("enlarges one dimension and shrinks another");
            node.SetString("nearest_mode", values.Any(s => s < 1) ? "ceil" : "floor");
        }

        node.SetString("coordinate_transformation_mode", "asymmetric");
        var name = node.Input[1];
        rewrite.SetInput(1, "");
        rewrite.SetInput(2, name);
    }
}

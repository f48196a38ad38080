using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Operators of which a rarely used form ended between opset 7 and 13.</summary>
internal static class OperatorRewrites
{
    /// <summary>BatchNormalization (9): statistics are per channel, never per element.</summary>
    internal static void BatchNormalization(OpsetRewrite rewrite)
    {
        if (rewrite.Node.GetInt("spatial", 1) != 1)
            throw rewrite.Refusal("has statistics per element (spatial = 0)");
        rewrite.Node.Remove("spatial");
    }

    /// <summary>Dropout (10, 12): the mask is bool, and the ratio an input that matters in training only.</summary>
    internal static void Dropout(OpsetRewrite rewrite)
    {
        var mask = rewrite.Node.Output.Skip(1).FirstOrDefault("");
        var index = rewrite.Graph.Index;
        if (rewrite.From < 10 && (index.Consumers(mask).Count > 0 || index.IsGraphOutput(mask)))
            throw rewrite.Refusal("gives out its mask");
        rewrite.Node.Remove("ratio");
    }

    /// <summary>Scatter (11) is called ScatterElements.</summary>
    internal static void Scatter(OpsetRewrite rewrite) => rewrite.Node.OpType = "ScatterElements";
}

using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>What integers are worth in browsers, where most layers get slower; docs/engines.md has the figures.</summary>
internal static class InBrowsers
{
    /// <summary>The same as a sentence about a model's layers; null where it has none.</summary>
    internal static string? Sentence(IEnumerable<IntegerNode> layers)
    {
        var all = layers.ToList();
        var dense = all.Count(layer => layer.Node.Is("Conv") && layer.Node.GetInt("group", 1) == 1
            && layer.Layer!.Weight.Dims.Skip(2).Any(size => size > 1));
        return all.Count == 0
            ? null
            : "In browsers (onnxruntime-web) int8 pays only for dense 3x3 convolutions, 1.7 times as fast as float; 1x1 run at 0.4 times the speed of "
                + $"float, depthwise ones at 0.17 times. {Counts.Of(dense, "layer")} of {all.Count} {(dense == 1 ? "is" : "are")} dense and larger than 1x1.";
    }
}

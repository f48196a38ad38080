using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Judging;

/// <summary>The refusal of a model that has no layer for integers.</summary>
internal static class NothingToQuantize
{
    /// <summary>Refuses a scheme without a layer, with why its products are none.</summary>
    /// <exception cref="QuantException">It has none.</exception>
    internal static void Refuse(Scheme scheme)
    {
        if (scheme.Layers.Any())
            return;
        var path = scheme.Model.Path;
        var reasons = scheme.Floats
            .Where(node => node.Node.OpType is "Conv" or "Gemm" or "MatMul" || scheme.Inner.Of(node.Node) is not null)
            .Select(node => $"node {node.Node.DisplayName()} ({node.Node.OpType}): {node.Reason}")
            .Concat(scheme.Integers.Where(node => node.Node.Is("MatMul"))
                .Select(node => $"node {node.Node.DisplayName()} (MatMul): its second factor is no constant matrix"))
            .ToList();
        var told = string.Join("; ", reasons.Take(3)) + (reasons.Count > 3 ? $"; and {reasons.Count - 3} more" : "");
        throw Diagnostics.NothingToQuantize.Fault(reasons.Count > 0
            ? $"{path}: nothing to quantize: {told}."
            : $"{path}: nothing to quantize: the model has no Conv, Gemm or MatMul with constant weights.",
            file: path);
    }
}

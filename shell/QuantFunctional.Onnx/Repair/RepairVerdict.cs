using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Whether a repaired model holds on its target.</summary>
internal static class RepairVerdict
{
    /// <summary>Refuses a model that its own certificate does not pass, or that ONNX Runtime does not load.</summary>
    /// <exception cref="QuantException">What it breaks is nothing that a repair mends.</exception>
    internal static void Require(OnnxModel model, BackendProfile profile)
    {
        var certificate = IntegerModel.Load(model, profile).Certify();
        if (certificate.Layers.FirstOrDefault(layer => !layer.Passed) is { } layer)
            throw Broken(model, $"layer {layer.Name}", layer.Violations[0].Message);
        if (certificate.Joins.FirstOrDefault(join => !join.Passed) is { } join)
            throw Broken(model, $"{join.Operator} {join.Name}", join.Violations[0].Message);
        using var options = OrtSessions.Options();
        OrtSessions.Open(model, options).Dispose();
    }

    private static QuantException Broken(OnnxModel model, string what, string how) => Diagnostics.RepairNotEnough.Fault(
        $"{model.Path}: {what} breaks what a repair does not mend: {how}; quantize the float model again with quantfn quantize.",
        file: model.Path);
}

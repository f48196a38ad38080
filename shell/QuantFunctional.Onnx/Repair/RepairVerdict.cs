using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Whether a repaired model holds on its target, and where.</summary>
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

    private static QuantException Broken(OnnxModel model, string what, string how) => QuantException.Failed(
        $"{model.Path}: {what} breaks what a repair does not mend: {how}; quantize the float model again with quantfn quantize.");

    /// <summary>Where the integers hold, as a sentence.</summary>
    /// <param name="profile">The target.</param>
    /// <param name="notLookedAt">How many nodes could not be looked at.</param>
    /// <param name="inFloat">How many layers run in float on the machine at hand.</param>
    internal static string Of(BackendProfile profile, int notLookedAt, int inFloat)
    {
        var where = profile.Name == Profiles.OnnxRuntime.Name
            ? "The integers are the same on every processor that ONNX Runtime runs on: x64 with and without VNNI and FMA, "
              + "ARM64 and WebAssembly"
            : $"The integers hold under the profile {profile.Name}";
        if (notLookedAt > 0)
            where += $"; nothing is known of {Counted(notLookedAt, "node")} that {Were(notLookedAt)} not looked at";
        if (inFloat > 0)
            where += $"; {Counted(inFloat, "layer")} {(inFloat == 1 ? "runs" : "run")} in float on this machine";
        return where + ".";
    }

    private static string Were(int count) => count == 1 ? "was" : "were";

    private static string Counted(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}

using QuantFunctional.Documents;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx;

/// <summary>Whether a plan and the quantized model that it was written with still belong together.</summary>
public static class PlannedModel
{
    /// <summary>
    /// Looks at the model where a plan says that it was written, and refuses it where its tensors and operators are others:
    /// it was changed or replaced since, or the run that replaced both ended between the two files.
    /// </summary>
    /// <param name="planPath">The plan document.</param>
    /// <param name="model">What it says of the model; null where it says nothing.</param>
    /// <returns>The model's path; null where the plan names none, or the file is not there, and nothing was looked at.</returns>
    /// <exception cref="QuantException">The model is another one, or it cannot be read.</exception>
    public static string? Find(string planPath, WrittenModel? model)
    {
        ArgumentException.ThrowIfNullOrEmpty(planPath);
        if (model is null)
            return null;
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(planPath) ?? "", model.File));
        if (!File.Exists(path))
            return null;
        var found = ModelDigest.Of(OnnxModel.Load(path));
        return found == model.Sha256
            ? path
            : throw Diagnostics.PlanOfOtherModel.Fault(
                $"{planPath}: quantizedModel.sha256: {path} is not the model that was written with this plan, since its tensors "
                + "or operators are others; quantize again with --plan and --force, which writes both, or put the plan's own "
                + "model there.",
                file: planPath);
    }

    /// <summary>
    /// Looks in a quantized model's folder for the plan document that was written with it, by the digest of its tensors and
    /// operators, whatever the files are called.
    /// </summary>
    /// <param name="modelPath">The quantized model.</param>
    /// <exception cref="QuantException">The model cannot be read.</exception>
    public static PlanOfModel FindPlan(string modelPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        var model = OnnxModel.Load(modelPath);
        var digest = ModelDigest.Of(model);
        var plans = Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(modelPath))!, "*.json")
            .Order(StringComparer.Ordinal)
            .Select(file => (File: Beside(modelPath, file), IsPlan: PlanFile.IsPlan(file, out var written), Written: written))
            .Where(plan => plan.IsPlan)
            .ToList();
        // of several copies that which names the file as it is called now
        var own = plans.Where(plan => plan.Written?.Sha256 == digest)
            .OrderByDescending(plan => Path.GetFileName(plan.Written!.File) == Path.GetFileName(modelPath))
            .Select(plan => plan.File)
            .FirstOrDefault();
        return new PlanOfModel(
            own,
            [.. plans.Where(plan => plan.Written?.Sha256 != digest).Select(plan => new OtherPlan(plan.File, plan.Written?.File))],
            model.Proto.ProducerName,
            model.Proto.ProducerVersion);
    }

    private static string Beside(string modelPath, string file) =>
        Path.Combine(Path.GetDirectoryName(modelPath) ?? "", Path.GetFileName(file));
}

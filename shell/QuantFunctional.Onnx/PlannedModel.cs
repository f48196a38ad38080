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
            : throw QuantException.BadInput(
                $"{planPath}: quantizedModel.sha256: {path} is not the model that was written with this plan, since its tensors "
                + "or operators are others; quantize again with --plan and --force, which writes both, or put the plan's own "
                + "model there.");
    }
}

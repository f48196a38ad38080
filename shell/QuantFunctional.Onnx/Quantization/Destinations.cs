using QuantFunctional.Documents;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Quantization;

/// <summary>Where the results go: looked at before the work begins, written when all of it is done.</summary>
internal static class Destinations
{
    /// <summary>Refuses early what could not be written in the end.</summary>
    /// <exception cref="QuantException">
    /// A destination is an input, or exists; its folder does not exist, or is read-only.
    /// </exception>
    internal static void Check(QuantizeRequest request)
    {
        var plan = request.PlanPath;
        (string? Path, string Option)[] all =
        [
            (request.ResultPath, "-o"), (plan, "--plan"), (plan is null ? null : PlanFile.ArraysPath(plan), "--plan"),
        ];
        var targets = all.Where(target => target.Path is not null).ToList();
        foreach (var (path, option) in targets)
        {
            string?[] inputs = [request.ModelPath, request.CalibrationPath, request.ComparisonPath];
            if (inputs.OfType<string>().Any(input => Same(input, path!)))
            {
                throw QuantException.BadInput(
                    $"{path}: this is an input, and inputs are not modified. Name another file with {option}.");
            }

            AtomicFile.Check(path!, request.Overwrite);
        }

        if (targets.Skip(1).Any(target => Same(targets[0].Path!, target.Path!)))
        {
            throw QuantException.BadInput(
                $"{request.PlanPath}: the model and its plan cannot be one file. Name another file with --plan.");
        }
    }

    /// <summary>Writes the model, and its plan where one was asked for, with the integer weights beside it.</summary>
    /// <returns>The model's size.</returns>
    internal static long Write(QuantizeRequest request, OnnxModel model, PlanDocument plan)
    {
        var bytes = model.ToBytes();
        if (request.PlanPath is { } planPath)
            PlanFile.Write(planPath, plan, request.Overwrite, weightsInline: false);
        AtomicFile.Write(request.ResultPath, stream => stream.Write(bytes), request.Overwrite);
        return bytes.LongLength;
    }

    private static bool Same(string first, string second) =>
        Path.GetFullPath(first) == Path.GetFullPath(second);
}

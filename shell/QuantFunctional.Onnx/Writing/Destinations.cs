using QuantFunctional.Documents;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Writing;

/// <summary>Where the results go: looked at before the work begins, written when all of it is done.</summary>
/// <param name="Result">The quantized model; none is written where null.</param>
/// <param name="Plan">The plan document; none is written where null.</param>
/// <param name="Overwrite">Whether files that exist may be replaced.</param>
/// <param name="Inputs">The files that the results are made of.</param>
internal sealed record Destinations(string? Result, string? Plan, bool Overwrite, IReadOnlyList<string?> Inputs)
{
    /// <summary>Refuses early what could not be written in the end.</summary>
    /// <exception cref="QuantException">
    /// A destination is an input, or exists; its folder does not exist, or is read-only.
    /// </exception>
    internal void Check()
    {
        (string? Path, string Option)[] all =
        [
            (Result, "-o"), (Plan, "--plan"), (Plan is null ? null : PlanFile.ArraysPath(Plan), "--plan"),
        ];
        var targets = all.Where(target => target.Path is not null).ToList();
        foreach (var (path, option) in targets)
        {
            if (Inputs.OfType<string>().Any(input => Same(input, path!)))
            {
                throw Diagnostics.OverwritesInput.Fault(
                    $"{path}: this is an input, and inputs are not modified. Name another file with {option}.",
                    file: path);
            }

            AtomicFile.Check(path!, Overwrite);
        }

        if (Result is not null && targets.Skip(1).Any(target => Same(Result, target.Path!)))
        {
            throw Diagnostics.ResultsCollide.Fault(
                $"{Plan}: the model and its plan cannot be one file. Name another file with --plan.",
                file: Plan);
        }
    }

    /// <summary>Writes the model, and its plan where one was asked for, with the integer weights beside it.</summary>
    /// <remarks>
    /// The model comes last, and the plan holds its digest: where a run ends between two of the files, whoever reads the plan
    /// finds that they do not belong together.
    /// </remarks>
    /// <returns>The model's content.</returns>
    internal byte[] Write(OnnxModel model, PlanDocument document)
    {
        var bytes = model.ToBytes();
        IReadOnlyList<FileToWrite> plan = Plan is { } path
            ? PlanFile.Files(path, document with { QuantizedModel = Written(model, path) }, weightsInline: false)
            : [];
        IReadOnlyList<FileToWrite> result = Result is { } file ? [new FileToWrite(file, stream => stream.Write(bytes))] : [];
        AtomicFile.Write([.. plan, .. result], Overwrite);
        return bytes;
    }

    private WrittenModel? Written(OnnxModel model, string planPath)
    {
        if (Result is null)
            return null;
        var folder = Path.GetDirectoryName(Path.GetFullPath(planPath))!;
        var path = Path.GetRelativePath(folder, Path.GetFullPath(Result)).Replace(Path.DirectorySeparatorChar, '/');
        return new WrittenModel(Path.IsPathRooted(path) ? Path.GetFileName(Result) : path, ModelDigest.Of(model));
    }

    private static bool Same(string first, string second) =>
        Path.GetFullPath(first) == Path.GetFullPath(second);
}

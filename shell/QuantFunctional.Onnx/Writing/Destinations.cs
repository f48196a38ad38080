using Google.Protobuf;
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
    /// <summary>Whether the weights are to go to a file beside the model, however few they are.</summary>
    internal bool ExternalData { get; init; }

    /// <summary>Where the model is in the end, when the folder that it is written into is moved.</summary>
    internal string? Placed { get; init; }

    /// <summary>The report for people; none is written where null.</summary>
    internal ReportFile? Report { get; init; }

    /// <summary>The recipe; none is written where null.</summary>
    internal string? Recipe { get; init; }

    /// <summary>Refuses early what could not be written in the end.</summary>
    /// <exception cref="QuantException">
    /// A destination is an input, or exists; its folder does not exist, or is read-only.
    /// </exception>
    internal void Check()
    {
        (string? Path, string Option)[] all =
        [
            (Result, "-o"), (ExternalData ? Data : null, "-o"), (Plan, "--plan"), (Plan is null ? null : PlanFile.ArraysPath(Plan), "--plan"),
            (Recipe, "--save-recipe"), (Recipe is null ? null : RecipeArrays.PathBeside(Recipe), "--save-recipe"), (Report?.Path, "--report"),
        ];
        var targets = all.Where(target => target.Path is not null).ToList();
        foreach (var (path, option) in targets)
        {
            RefuseInput(path!, option);
            AtomicFile.Check(path!, Overwrite);
        }

        if (Result is not null && targets.Where(target => target.Option == "--plan").Any(target => Same(Result, target.Path!)))
        {
            throw Diagnostics.ResultsCollide.Fault(
                $"{Plan}: the model and its plan cannot be one file. Name another file with --plan.",
                file: Plan);
        }

        if (Recipe is not null
            && targets.Exists(target => target.Option != "--save-recipe" && (Same(target.Path!, Recipe) || Same(target.Path!, RecipeArrays.PathBeside(Recipe)))))
        {
            throw Diagnostics.ResultsCollide.Fault(
                $"{Recipe}: the recipe and its arrays cannot be one file with the model, its plan or the report. Name another file with --save-recipe.",
                file: Recipe);
        }

        if (Report is not null && targets.Any(target => target.Option != "--report" && Same(target.Path!, Report.Path)))
        {
            throw Diagnostics.ResultsCollide.Fault(
                $"{Report.Path}: the report cannot be one file with the model or its plan. Name another file with --report.",
                file: Report.Path);
        }
    }

    /// <summary>Where the weights go when they do not go into the model; null where no file is written.</summary>
    internal string? Data => Result is null ? null : Result + ".data";

    /// <summary>Begins the file that takes the weights, for models that are written tensor by tensor.</summary>
    /// <exception cref="QuantException">It exists or is an input, or there is no file to which it could belong.</exception>
    internal SideFile BeginData(string model)
    {
        if (Data is not { } path)
        {
            throw Diagnostics.ModelTooLarge.Fault(
                $"{model}: the result is larger than one piece in memory can be; name a file for it, which gets its weights beside it.",
                file: model);
        }

        RefuseInput(path, "-o");
        return new SideFile(path, AtomicFile.Begin(path, Overwrite), isKept: true);
    }

    /// <summary>
    /// Begins a file that takes the weights until the model is written with them inside, so that they need not be in memory before;
    /// null where no file is written.
    /// </summary>
    internal SideFile? BeginStore() =>
        Result is null ? null : new SideFile(Result, AtomicFile.Begin(Result, Overwrite), isKept: false);

    /// <summary>
    /// Writes the model, and its plan where one was asked for, with the integer weights beside it; the model's own weights go to a
    /// file beside it where they are asked for or too large.
    /// </summary>
    /// <remarks>
    /// The model comes last, and the plan holds its digest: where a run ends between two of the files, whoever reads the plan
    /// finds that they do not belong together.
    /// </remarks>
    /// <param name="model">The quantized model.</param>
    /// <param name="document">Its plan.</param>
    /// <param name="data">The file that holds some of its tensors already; null where none does.</param>
    /// <param name="facts">What the report is made of.</param>
    /// <param name="recipe">The files of the recipe.</param>
    internal WrittenModelFile Write(
        OnnxModel model, PlanDocument document, SideFile? data = null, Func<WrittenModelFile, ReportFacts>? facts = null,
        IReadOnlyList<FileToWrite>? recipe = null)
    {
        data = data is { IsKept: true } ? data : null;
        if (data is null && (ExternalData || ModelSize.IsLarge(model.Proto)))
        {
            using var begun = BeginData(model.Path);
            return Write(model, document, begun, facts, recipe);
        }

        model.RefuseBeyondOnePiece(data is not null);
        var written = data?.Refer(model) ?? model.Proto;
        IReadOnlyList<FileToWrite> plan = Plan is { } path
            ? PlanFile.Files(path, document with { QuantizedModel = Written(model, path) }, weightsInline: false)
            : [];
        IReadOnlyList<FileToWrite> result = Result is { } file ? [new FileToWrite(file, stream => written.WriteTo(stream))] : [];
        var made = new WrittenModelFile(Result is null ? written.ToByteArray() : null, written.CalculateSize() + (data?.Length ?? 0));
        IReadOnlyList<FileToWrite> report = Report is { } page && facts is not null
            ? [new FileToWrite(page.Path, stream => page.Write(facts(made), stream))]
            : [];
        AtomicFile.Write([.. data?.Files ?? [], .. report, .. plan, .. recipe ?? [], .. result], Overwrite);
        return made;
    }

    private void RefuseInput(string path, string option)
    {
        if (Inputs.OfType<string>().Any(input => Same(input, path)))
        {
            throw Diagnostics.OverwritesInput.Fault(
                $"{path}: this is an input, and inputs are not modified. Name another file with {option}.",
                file: path);
        }
    }

    private WrittenModel? Written(OnnxModel model, string planPath)
    {
        if ((Placed ?? Result) is not { } result)
            return null;
        var folder = Path.GetDirectoryName(Path.GetFullPath(planPath))!;
        var path = Path.GetRelativePath(folder, Path.GetFullPath(result)).Replace(Path.DirectorySeparatorChar, '/');
        return new WrittenModel(Path.IsPathRooted(path) ? Path.GetFileName(result) : path, ModelDigest.Of(model));
    }

    private static bool Same(string first, string second) =>
        Path.GetFullPath(first) == Path.GetFullPath(second);
}

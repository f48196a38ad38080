using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reporting;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// Quantizes the decoder of a folder into another folder, which is there whole or not at all: engines that run folders take the
/// model by its name, and would go on with the float one if the result lay beside it.
/// </summary>
internal static class QuantizedFolder
{
    /// <summary>Quantizes a folder, or a model that is none.</summary>
    internal static QuantizationReport Quantize(
        QuantizeWeightsRequest request,
        SampleArrays? calibration,
        SampleArrays? comparison,
        QuantizationLog log,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        if (request.Model.Path is not { } path || !Directory.Exists(path))
            return WeightsQuantizer.Quantize(request, calibration, comparison, log, progress, cancel);
        var folder = ModelFolder.Read(path);
        CopiedFolder.RefuseLinks(path);
        var output = request.OutputPath
            ?? Path.TrimEndingDirectorySeparator(path) + FormattableString.Invariant($".w{request.Type.Bits}");
        RefuseOutput(folder, output, request);
        AtomicFolder.Check(output, _ => request.Overwrite);
        var (model, result) = (Path.Combine(path, folder.Decoder), Path.Combine(output, folder.Decoder));
        QuantizationReport? report = null;
        AtomicFolder.Write(output, _ => request.Overwrite, made =>
        {
            var written = Path.Combine(made, folder.Decoder);
            Directory.CreateDirectory(Path.GetDirectoryName(written)!);
            report = WeightsQuantizer.Quantize(
                request with { Model = model, OutputPath = written, Placed = result, ExternalData = true },
                calibration, comparison, log, progress, cancel);
            report = report with { CopiedFiles = CopiedFolder.Copy(path, made, model, report.DataFiles, cancel) };
        });
        return report! with { OutputPath = output, QuantizedModel = result };
    }

    private static void RefuseOutput(ModelFolder folder, string output, QuantizeWeightsRequest request)
    {
        var (from, to) = (Whole(folder.Path), Whole(output));
        if (from.StartsWith(to, StringComparison.Ordinal) || to.StartsWith(from, StringComparison.Ordinal))
        {
            throw Diagnostics.OverwritesInput.Fault(
                $"{output}: lies in the folder that is read, or holds it, and inputs are not modified. Name another folder with -o.", file: output);
        }

        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any() && !ModelFolder.Is(output) && request.Overwrite)
        {
            throw Diagnostics.FolderHoldsOthers.Fault(
                $"{output}: holds files but no genai_config.json, so that it is no folder of a model, and is not replaced. Name another folder.",
                file: output);
        }

        if (request.PlanPath is { } plan && (Whole(plan).StartsWith(from, StringComparison.Ordinal) || Whole(plan).StartsWith(to, StringComparison.Ordinal)))
        {
            throw Diagnostics.ResultsCollide.Fault(
                $"{plan}: the plan cannot lie in a folder of a model, which is read or made as a whole. Name another file with --plan.", file: plan);
        }
    }

    private static string Whole(string path) =>
        ExternalData.RealPath(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) + Path.DirectorySeparatorChar;
}

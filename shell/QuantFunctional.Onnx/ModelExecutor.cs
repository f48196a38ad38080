using System.Globalization;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx;

/// <summary>Runs quantized models, from files to files, on integers alone.</summary>
public static class ModelExecutor
{
    /// <summary>Runs a model on samples.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="progress">Told how many samples have run.</param>
    /// <param name="cancellationToken">Stops the work; nothing is written then.</param>
    /// <exception cref="QuantException">
    /// A file is missing, damaged or in the way; the model needs real numbers between its integers; the input does not fit;
    /// or an intermediate overflows.
    /// </exception>
    public static Task<ExecuteReport> ExecuteAsync(
        ExecuteRequest request,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return SampleArrays.UsedAsync(
            request.Input, input => Execute(request, input, progress, cancellationToken), cancellationToken);
    }

    private static ExecuteReport Execute(
        ExecuteRequest request, SampleArrays input, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        AtomicFile.Check(request.OutputPath, request.Overwrite);
        if (request.TracePath is { } folder && !Directory.Exists(folder))
        {
            throw Diagnostics.TargetFolderMissing.Fault(
                $"{folder}: there is no such folder for the intermediates; create it first.",
                file: folder);
        }

        var file = OnnxModel.Load(request.Model);
        var model = IntegerModel.Load(file, request.Profile);
        model.RequireIntegers();
        if (model.Outputs.Count > 1 && !request.OutputPath.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
        {
            throw Diagnostics.OneArrayForSeveral.Fault(
                $"{request.OutputPath}: the model has {model.Outputs.Count} outputs; name an .npz file, which holds several.",
                file: request.OutputPath);
        }

        var outputs = model.Outputs.Select(name => new GatheredSamples<float>(name)).ToList();
        var integers = request.TracePath is null
            ? []
            : model.Graph.Made.Select(name => new GatheredSamples<int>(name)).ToList();
        using var samples = SampleSource.Open(input, file);
        var steps = new ProgressSteps(progress, ProgressStage.Executing, samples.Count);
        while (samples.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            var run = new IntegerRun(model.Graph, samples.Reals());
            foreach (var output in outputs)
            {
                var real = run.Real(output.Name);
                output.Add(real.Values.ToArray(), real.Shape, samples);
            }

            foreach (var tensor in integers)
                tensor.Add([.. run[tensor.Name].Values], run[tensor.Name].Sizes, samples);
            steps.Report(samples.Taken);
        }

        RefuseOneArray(request, outputs);
        Write(request, outputs, integers);
        return new ExecuteReport(
            request.Model.Name,
            samples.Taken,
            model.Graph.Steps.Count,
            [.. outputs.Select(output => output.Report())],
            integers.Count,
            request.OutputPath,
            [.. input.FromTokens, .. Warnings(file, model, request.Profile)]);
    }

    private static IReadOnlyList<ReportWarning> Warnings(OnnxModel file, IntegerModel model, BackendProfile? profile) =>
    [
        .. model.Notices.Select(notice => notice with { Message = $"{model.Path}: {notice.Message}." }),
        .. ProcessorAgreement.Warning(file, profile) is { } disagreement ? [disagreement] : (ReportWarning[])[],
    ];

    private static void RefuseOneArray(ExecuteRequest request, List<GatheredSamples<float>> outputs)
    {
        if (!request.OutputPath.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) && outputs.Find(output => !output.IsOneArray) is { } several)
        {
            throw Diagnostics.OneArrayForSeveral.Fault(
                $"{request.OutputPath}: output `{several.Name}` has another shape for some samples than for others; name an .npz file, "
                + "which holds an array for each.",
                file: request.OutputPath);
        }
    }

    private static void Write(
        ExecuteRequest request, List<GatheredSamples<float>> outputs, List<GatheredSamples<int>> integers)
    {
        foreach (var (tensor, i) in integers.Select((tensor, i) => (tensor, i)))
        {
            foreach (var (name, write) in tensor.Arrays())
                AtomicFile.Write(TraceFile(request.TracePath!, i, name), write, request.Overwrite);
        }

        AtomicFile.Write(
            request.OutputPath,
            stream =>
            {
                if (request.OutputPath.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
                    NpzWriter.Write(stream, outputs.SelectMany(output => output.Arrays()));
                else
                    outputs[0].Arrays().Single().Write(stream);
            },
            request.Overwrite);
    }

    /// <summary>Numbered, so that files stand in the order of the data, and no two names fall together.</summary>
    private static string TraceFile(string folder, int index, string tensor)
    {
        var name = string.Concat(tensor.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '_'));
        return Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{index:D3}_{name[..Math.Min(100, name.Length)]}.npy"));
    }
}

using QuantFunctional.Formats;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Repair;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>
/// Repairs quantized models of any tool: what can go wrong on a target is mended, and every other byte of every tensor stays.
/// </summary>
public static class ModelRepairer
{
    /// <summary>Repairs a model, checks the result as <see cref="ModelCertifier"/> does, and writes it.</summary>
    /// <param name="request">What to repair, for which target.</param>
    /// <param name="progress">Told how far the work has come.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left behind.</param>
    /// <exception cref="QuantException">
    /// The model or an option is wrong, or something in the model cannot be repaired; nothing was written then.
    /// </exception>
    public static Task<RepairReport> RepairAsync(
        RepairRequest request,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return SampleArrays.UsedAsync(
            request.Comparison, null, (data, _) => Repair(request, data, progress, cancellationToken), cancellationToken);
    }

    private static RepairReport Repair(
        RepairRequest request, SampleArrays? data, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        var profile = request.Profile ?? Profiles.OnnxRuntime;
        new Destinations(
            request.ResultPath, null, request.Overwrite, [request.Model.Path, data?.Path, request.FloatModel?.Path]).Check();
        var comparison = ComparisonWithFloat.Of(request, data);
        var original = OnnxModel.Load(request.Model);
        RefuseFloat(original);
        var (whole, folded) = FoldedLayers.Of(original);
        var edits = new ModelEdits(whole);
        var reshaped = ScalarSteps.Repair(edits);
        var joins = new JoinRepairer(edits, profile);
        var raised = joins.Repair(cancel);
        var (looked, layers, notUnderstood) = Layers(edits, profile, joins.Biases, progress, cancel);
        RepairVerdict.Require(edits.Model, profile);
        var inFloat = profile.Multiplier.IsSingle24 ? FloatKernels.Count(edits.Model) : 0;
        var report = new RepairReport(
            request.Model.Name,
            OutputPath: null,
            profile.Name,
            looked,
            layers,
            raised,
            notUnderstood,
            inFloat == 0 ? [] : [FloatKernels.Warning(inFloat)],
            WhereIntegersHold.Sentence(edits.Model, profile, notUnderstood.Count, inFloat))
        {
            Folded = folded,
            ReshapedSteps = reshaped,
        };
        if (folded.Count + layers.Count + raised.Count + reshaped == 0)
            return report;
        report = report with
        {
            Before = comparison?.Run(original, progress, cancel),
            After = comparison?.Run(edits.Model, progress, cancel),
        };
        cancel.ThrowIfCancellationRequested();
        var bytes = edits.Model.ToBytes();
        if (request.ResultPath is not { } path)
            return report with { RepairedModel = ModelSource.FromBytes(bytes, request.Model.Name) };
        AtomicFile.Write(path, stream => stream.Write(bytes), request.Overwrite);
        return report with { OutputPath = path, RepairedModel = path };
    }

    private static (int Looked, IReadOnlyList<RepairedLayer> Layers, IReadOnlyList<FloatNode> NotUnderstood) Layers(
        ModelEdits edits,
        BackendProfile profile,
        IReadOnlyDictionary<string, int> biases,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        var sites = ModelSites.Of(edits, profile);
        var repairer = new LayerRepairer(edits, biases);
        var repaired = new List<RepairedLayer>();
        foreach (var (layer, i) in sites.Layers.Select((layer, i) => (layer, i)))
        {
            cancel.ThrowIfCancellationRequested();
            if (repairer.Repair(layer) is { } changed)
                repaired.Add(changed);
            progress?.Report(new QuantizeProgress(ProgressStage.Repairing, i + 1, sites.Layers.Count));
        }

        return (sites.Layers.Count, repaired, sites.NotUnderstood);
    }

    private static void RefuseFloat(OnnxModel model)
    {
        if (!AlreadyQuantized.Is(model))
        {
            throw Diagnostics.FloatModel.Fault(
                $"{model.Path}: a float model, in which there is nothing to repair; make an integer model of it with "
                + "quantfn quantize, which plans what is right on every processor from the start.",
                file: model.Path);
        }
    }
}

using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Quantization;
using QuantFunctional.Onnx.Repair;

namespace QuantFunctional.Onnx;

/// <summary>
/// Repairs quantized models of any tool: what can go wrong on a target is mended, and every other byte of every tensor stays.
/// </summary>
public static class ModelRepairer
{
    /// <summary>Repairs a model, checks the result and writes it.</summary>
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
        return Task.Run(() => Repair(request, progress, cancellationToken), cancellationToken);
    }

    private static RepairReport Repair(
        RepairRequest request, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        var profile = request.Profile ?? Profiles.OnnxRuntime;
        var destinations = new Destinations(
            request.ResultPath, null, request.Overwrite,
            [request.ModelPath, request.ComparisonPath, request.FloatModelPath]);
        destinations.Check();
        var original = OnnxModel.Load(request.ModelPath);
        RefuseFloat(original);
        var edits = new ModelEdits(original.Clone());
        var sites = ModelSites.Of(edits, profile);
        var repairer = new LayerRepairer(edits);
        var layers = new List<RepairedLayer>();
        foreach (var (site, i) in sites.Select((site, i) => (site, i)))
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Report(new QuantizeProgress("repair", i + 1, sites.Count));
            if (site.Site is { } place && repairer.Repair(place) is { } repaired)
                layers.Add(repaired);
        }

        if (layers.Count > 0)
            AtomicFile.Write(request.ResultPath, stream => stream.Write(edits.Model.ToBytes()), request.Overwrite);
        return new RepairReport(
            request.ModelPath, layers.Count > 0 ? request.ResultPath : null, profile.Name, sites.Count, layers, [], [], "");
    }

    private static void RefuseFloat(OnnxModel model)
    {
        if (!AlreadyQuantized.Is(model))
        {
            throw QuantException.BadInput(
                $"{model.Path}: a float model, in which there is nothing to repair; make an integer model of it with "
                + "quantfn quantize, which plans what is right on every processor from the start.");
        }
    }
}

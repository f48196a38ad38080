using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Refuses early a target that nothing can be searched for.</summary>
internal static class TargetChecks
{
    /// <summary>Refuses what the request alone tells.</summary>
    /// <exception cref="QuantException">A number is none that can be reached, or what is measured on is missing.</exception>
    internal static void Check(QuantizeRequest request)
    {
        if (request.Target is not { } target)
            return;
        Demand(target.Kind switch
        {
            TargetKind.Sqnr => double.IsFinite(target.Value) ? null : "a finite number of decibels is needed",
            TargetKind.Agreement => target.Value is >= 0 and <= 1 ? null : "a share is from 0 to 1",
            _ => target.Value is >= 0 and <= 100 ? null : "percentage points are from 0 to 100",
        }, target.Option);
        Demand(target.Evaluations is < 1 ? "at least 1 network has to be evaluated" : null, "--evaluations");
        Demand(target.Budget is { } time && time <= TimeSpan.Zero ? "a time above 0 is needed" : null, "--budget");
        if (request.Calibration is null)
        {
            throw Diagnostics.OptionNeedsAnother.Fault(
                $"{target.Option} needs --calibration: networks are measured on samples, and statistics hold none.");
        }

        if (target.Kind == TargetKind.Drop && request.Comparison is null)
        {
            throw Diagnostics.OptionNeedsAnother.Fault(
                "--max-drop needs --compare: top-1 is measured on its samples, whose classes an array `labels` beside them holds.");
        }

        if (request.WorkFolder is { } folder)
            WorkFolder.Check(folder);
    }

    /// <summary>Refuses data without the labels that a target asks for.</summary>
    /// <exception cref="QuantException">There are none, or not one for each sample.</exception>
    internal static void CheckLabels(QuantizeRequest request, OnnxModel model, SampleArrays? comparison)
    {
        if (request.Target is not { Kind: TargetKind.Drop } || comparison is null)
            return;
        using var samples = SampleSource.Open(comparison, model);
        if (ClassLabels.Read(comparison, model, null, samples.Count) is null)
        {
            throw Diagnostics.OptionNeedsAnother.Fault(
                $"--max-drop needs labels: {comparison.Name} has no array `{SampleSource.UsualLabels}`, which holds the class of each sample; add it to the data of --compare.",
                file: comparison.Name);
        }
    }

    private static void Demand(string? problem, string option)
    {
        if (problem is not null)
            throw Diagnostics.OptionValueWrong.Fault($"{option}: {problem}.");
    }
}

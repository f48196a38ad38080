using System.Globalization;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Execution;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>What the check of a quantized model means to its user: warnings, or the reason to write nothing.</summary>
internal static class CheckFindings
{
    /// <summary>Below this an output is mostly rounding.</summary>
    internal const double LowestDb = 10;

    /// <summary>Below this an output's errors are more than a tenth of what it holds.</summary>
    internal const double LowDb = 20;

    /// <summary>Below this share of equal elements an output of whole numbers is far from the float model's.</summary>
    private const double LeastEqual = 0.9;

    private const string Remedies =
        "quantize the weights alone (--weight-only int8), or calibrate with more samples, or with others";

    /// <summary>The outputs that are mostly rounding, or those parts of them which are, the worst first.</summary>
    internal static IEnumerable<(OutputComparison Output, LossyPart Part)> Low(ComparisonReport report) =>
        Unordered(report).Where(found => !found.Output.AreWholeNumbers).OrderBy(found => found.Part.Axis is null ? found.Output.SqnrDb : found.Output.Parts!.WorstFirst[0].SqnrDb);

    private static IEnumerable<(OutputComparison Output, LossyPart Part)> Unordered(ComparisonReport report)
    {
        foreach (var output in report.Outputs)
        {
            var low = output.Parts?.WorstFirst.Where(part => !part.IsConstant && part.SqnrDb < LowestDb).ToList() ?? [];
            if (!output.IsConstant && output.SqnrDb < LowestDb)
                yield return (output, new LossyPart(output.Name, null, new HashSet<int>()));
            else if (low.Count > 0)
                yield return (output, new LossyPart(output.Name, output.Parts!.Axis, low.Select(part => part.Index).ToHashSet()));
        }
    }

    /// <summary>A warning for each output that is far from the float model's, but not mostly rounding.</summary>
    internal static IEnumerable<ReportWarning> Far(ComparisonReport report)
    {
        const string remedy = "see with --compare on data of your own whether that matters, or leave nodes in float (--exclude)";
        foreach (var output in report.Outputs)
        {
            if (output.AreWholeNumbers && (output.Equal < LeastEqual || (output.SqnrDb < LowDb && !output.IsConstant)))
            {
                yield return Diagnostics.MuchRounding.Warn(string.Create(CultureInfo.InvariantCulture,
                    $"output `{output.Name}` has {output.Equal:P1} of its whole numbers as the float model on {report.Samples} calibration samples; {remedy}"),
                    node: output.Name);
            }
            else if (!output.AreWholeNumbers && !output.IsConstant && output.SqnrDb is >= LowestDb and < LowDb)
            {
                yield return Diagnostics.MuchRounding.Warn(
                    $"output `{output.Name}` is at {Db(output.SqnrDb)} to the float model on {report.Samples} calibration samples: its errors are "
                    + $"more than a tenth of what it holds; {remedy}", node: output.Name);
            }
        }
    }

    /// <summary>One warning of those that none of their own is given to.</summary>
    internal static ReportWarning Others(IReadOnlyList<OutputComparison> outputs) => Diagnostics.MostlyRounding.Warn(
        $"{Counts.Of(outputs.Count, "more output")} or parts of them are mostly rounding: "
        + string.Join(", ", outputs.Select(output => $"`{output.Name}` at {Db(output.SqnrDb)}"))
        + " as a whole; do first what is said of the others, which mostly helps these too");

    /// <summary>A warning for each of them, with where most of it is lost.</summary>
    internal static ReportWarning Warning(OutputComparison output, LossyPart part, long samples, string lost)
    {
        var remedy = lost.Length > 0 ? $"{lost}. Or {Remedies}" : Remedies;
        if (part.Axis is not { } axis)
        {
            return Diagnostics.MostlyRounding.Warn(
                $"output `{output.Name}` is mostly rounding: {Db(output.SqnrDb)} to the float model on "
                + $"{samples} calibration samples; {remedy}", node: output.Name);
        }

        var worst = output.Parts!.WorstFirst[0];
        var (count, all) = (part.Indices.Count, output.Parts.WorstFirst.Count);
        var which = count == 1 ? $"index {worst.Index} of axis {axis}" : $"{count} of {all} indices of axis {axis}, index {worst.Index} the most,";
        return Diagnostics.MostlyRounding.Warn(
            $"a part of output `{output.Name}` is mostly rounding: {which} at {Db(worst.SqnrDb)} to the float model on "
            + $"{samples} calibration samples, where the whole is at {Db(output.SqnrDb)}; {remedy}", node: output.Name);
    }

    /// <summary>What a check of weights alone means to its user, which says nothing of calibration.</summary>
    internal static IEnumerable<ReportWarning> OfWeights(SelfCheck? check)
    {
        if (check?.NotChecked is { } why)
            yield return Diagnostics.NotChecked.Warn($"the result was not checked: {why}");
        if (check?.Report is not { } report)
            yield break;
        foreach (var output in report.Outputs.Where(output => !output.IsConstant && output.SqnrDb < LowestDb))
        {
            yield return Diagnostics.MostlyRounding.Warn(
                $"output `{output.Name}` is mostly rounding: {Db(output.SqnrDb)} to the float model on {report.Samples} samples; "
                + "give --group 16, or int8 instead of int4, or leave layers in float (--exclude NODE)", node: output.Name);
        }
    }

    /// <summary>Refuses early what no check can tell.</summary>
    /// <exception cref="QuantException">Something is required without the check, or a figure is none.</exception>
    internal static void CheckRequirements(QuantizeRequest request)
    {
        if (request.RequiredSqnrDb is { } ratio && !double.IsFinite(ratio))
            throw Diagnostics.OptionValueWrong.Fault("--require-sqnr: a finite number of decibels is needed.");
        if (request.RequiredAgreement is { } share && !(share is >= 0 and <= 1))
            throw Diagnostics.OptionValueWrong.Fault("--require-agreement: a share is from 0 to 1.");
        if (!request.Check && (request.RequiredSqnrDb ?? request.RequiredAgreement) is not null)
        {
            var option = request.RequiredSqnrDb is null ? "--require-agreement" : "--require-sqnr";
            throw Diagnostics.OptionsExclude.Fault($"{option} does not go with --no-check: only the check tells it. Leave one of them out.");
        }
    }

    /// <summary>Refuses a model that is farther from its float model than the request allows.</summary>
    /// <exception cref="QuantException">It is, or it could not be checked.</exception>
    internal static void Require(QuantizeRequest request, ComparisonReport? report, string? notChecked)
    {
        if (request.RequiredSqnrDb is null && request.RequiredAgreement is null)
            return;
        if (report is null)
        {
            throw Diagnostics.RequirementNotChecked.Fault(
                $"{request.Model}: what is required of the result could not be checked: {notChecked}.",
                file: request.Model.Name);
        }

        var failed = report.Outputs.Where(output => output.SqnrDb < request.RequiredSqnrDb)
            .Select(output => $"output `{output.Name}` is at {Db(output.SqnrDb)}, below the required {Db(request.RequiredSqnrDb!.Value)}")
            .Concat(report.Outputs.Where(output => output.Agreement < request.RequiredAgreement)
                .Select(output => string.Create(CultureInfo.InvariantCulture,
                    $"the arg max of output `{output.Name}` agrees in {output.Agreement:F4} of all places, below the required ")
                    + request.RequiredAgreement!.Value.ToString(CultureInfo.InvariantCulture)))
            .ToList();
        if (failed.Count > 0)
        {
            throw Diagnostics.RequirementNotMet.Fault(
                $"{request.Model}: on {report.Samples} calibration samples {string.Join("; ", failed)}. Nothing was written: "
                + $"leave nodes in float (--exclude NODE), {Remedies}.",
                file: request.Model.Name);
        }
    }

    private static string Db(double ratio) =>
        double.IsFinite(ratio) ? string.Create(CultureInfo.InvariantCulture, $"{ratio:F1} dB") : "-inf dB";
}

using QuantFunctional.Documents;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>Tells what a quantization did.</summary>
internal static class Reports
{
    internal static QuantizationReport Of(
        QuantizeRequest request,
        IReadOnlyList<string> widened,
        Scheme scheme,
        IReadOnlyList<TransposedSummary> transposed,
        IReadOnlyList<PlannedLayer> plans,
        IReadOnlyList<PlannedJoin> joins,
        IReadOnlyList<OperatorCount> operators,
        int inFloat,
        long bytesBefore,
        WrittenModelFile written,
        PlanDocument plan,
        string holds,
        OldestRelease oldestRelease,
        CalibrationReport? calibration,
        IReadOnlyList<ReportWarning> calibrationWarnings,
        CheckedResult check,
        ComparisonReport? comparison) => new(
            request.ResultPath,
            request.PlanPath,
            [.. plans.Select(Summary)],
            WeightOnlyLayers: [],
            Operators: operators,
            LeftInFloat: FloatNodes(scheme),
            BytesBefore: bytesBefore,
            BytesAfter: written.Length,
            Warnings: [.. check.Warnings, .. calibrationWarnings, .. Told(request, inFloat)],
            Comparison: comparison,
            QuantizedModel: written.Source(request.ResultPath, request.Model.Name),
            Plan: plan)
        {
            Widened = widened,
            Joins = [.. joins.Select(Summary)],
            LayerWarnings = ByCause(plans),
            Transposed = [.. transposed.Where(was => plans.Any(planned => planned.Node.Node.Name == was.Name))],
            Holds = holds,
            OldestRelease = oldestRelease,
            Calibration = calibration,
            Check = check.Report,
        };

    private static IReadOnlyList<LayerWarnings> ByCause(IReadOnlyList<PlannedLayer> plans) =>
    [
        .. plans
            .SelectMany(planned => planned.Plan.Warnings.Select(warning => (Layer: planned.Node.Node.DisplayName(), Warning: warning)))
            .GroupBy(told => (told.Warning.Code, told.Warning.Cause))
            .Select(told => new LayerWarnings(
                told.Key.Code,
                told.Key.Cause,
                told.First().Warning.Remedy,
                [.. told.OrderByDescending(one => one.Warning.ChannelCount).Select(one => one.Layer)],
                told.Sum(one => one.Warning.ChannelCount)))
            .OrderByDescending(told => told.Layers.Count),
    ];

    /// <summary>What the core warns of, of a layer.</summary>
    internal static ReportWarning Told(Warning warning, string layer) =>
        Diagnostics.Of(warning.Code).Warn(warning.Message, node: layer);

    internal static IReadOnlyList<FloatNode> FloatNodes(Scheme scheme) =>
        [.. scheme.Floats.Select(left => new FloatNode(left.Node.DisplayName(), left.Node.OpType, left.Reason))];

    private static LayerSummary Summary(PlannedLayer planned)
    {
        var shifts = planned.Plan.Integers.Shift.Values;
        var growth = FSharp.BacktrackingParameters.stepGrowth(planned.Plan.Trace.Last.Parameters).Values;
        return new LayerSummary(
            planned.Node.Node.DisplayName(),
            planned.Node.Node.OpType,
            planned.Plan.Precision,
            planned.Node.Layer!.Channels,
            shifts.Min(),
            shifts.Max(),
            planned.Plan.Trace.Last.Parameters.BitsGivenUp.Values.Max(),
            growth.Average(),
            growth.Max(),
            planned.Plan.Trace.Retries,
            [.. planned.Plan.Warnings.Select(warning => Told(warning, planned.Node.Node.DisplayName()))]);
    }

    private static JoinSummary Summary(PlannedJoin join) => new(
        join.Node.Node.DisplayName(), join.Node.Node.OpType, join.Raise, join.StepBefore, join.StepAfter);

    private static IEnumerable<ReportWarning> Told(QuantizeRequest request, int inFloat)
    {
        if (request.Precision.OutputType != ScalarType.Int8)
        {
            yield return Diagnostics.SixteenBitsInFloat.Warn(
                "ONNX Runtime has no 16-bit integer kernels: it runs the layers in float between the conversions; "
                + "their plans are for other targets");
        }
        else if (inFloat > 0)
        {
            yield return Diagnostics.LayersInFloat.Warn(
                $"ONNX Runtime runs {Counts.Of(inFloat, "quantized layer")} in float on this machine");
        }
    }
}

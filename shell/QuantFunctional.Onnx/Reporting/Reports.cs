using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>Tells what a quantization did.</summary>
internal static class Reports
{
    internal static QuantizationReport Of(
        QuantizeRequest request,
        Scheme scheme,
        IReadOnlyList<PlannedLayer> plans,
        IReadOnlyList<PlannedJoin> joins,
        IReadOnlyList<OperatorCount> operators,
        long bytesBefore,
        long bytesAfter,
        string holds,
        CheckedResult check,
        ComparisonReport? comparison) => new(
            request.ResultPath,
            request.PlanPath,
            [.. plans.Select(Summary)],
            WeightOnlyLayers: [],
            Operators: operators,
            LeftInFloat: FloatNodes(scheme),
            BytesBefore: bytesBefore,
            BytesAfter: bytesAfter,
            Warnings: [.. Told(request, operators, scheme), .. check.Warnings],
            Comparison: comparison)
        {
            Joins = [.. joins.Select(Summary)],
            Holds = holds,
            Check = check.Report,
        };

    /// <summary>How many layers ONNX Runtime runs in float although they were written to be fused.</summary>
    internal static int Unfused(IReadOnlyList<OperatorCount> operators, Scheme scheme)
    {
        string[] layers = ["Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul"];
        var expected = scheme.Floats.Count(left => left.Node.OpType is "Conv" or "Gemm" or "MatMul");
        var found = operators
            .Where(o => o.Kind == OperatorKind.Float && layers.Contains(o.Operator))
            .Sum(o => o.Count);
        return Math.Max(0, found - expected);
    }

    internal static IReadOnlyList<FloatNode> FloatNodes(Scheme scheme) =>
        [.. scheme.Floats.Select(left => new FloatNode(left.Node.DisplayName(), left.Node.OpType, left.Reason))];

    private static LayerSummary Summary(PlannedLayer planned)
    {
        var shifts = planned.Plan.Integers.Shift.Values;
        var growth = FSharp.BacktrackingParameters.stepGrowth(planned.Plan.Trace.Last.Parameters).Values;
        return new LayerSummary(
            planned.Node.Node.DisplayName(),
            planned.Node.Node.OpType,
            planned.Plan.Precision.Name,
            planned.Node.Layer!.Channels,
            shifts.Min(),
            shifts.Max(),
            planned.Plan.Trace.Last.Parameters.BitsGivenUp.Values.Max(),
            growth.Average(),
            growth.Max(),
            planned.Plan.Trace.Retries,
            [.. planned.Plan.Warnings.Select(warning => warning.Message)]);
    }

    private static JoinSummary Summary(PlannedJoin join) => new(
        join.Node.Node.DisplayName(), join.Node.Node.OpType, join.Raise, join.StepBefore, join.StepAfter);

    private static IEnumerable<string> Told(
        QuantizeRequest request, IReadOnlyList<OperatorCount> operators, Scheme scheme)
    {
        if (request.Precision.OutputType != ScalarType.Int8)
        {
            yield return "ONNX Runtime has no 16-bit integer kernels: it runs the layers in float between the conversions; "
                + "their plans are for other targets";
        }
        else if (Unfused(operators, scheme) is > 0 and var unfused)
        {
            yield return $"ONNX Runtime runs {unfused} quantized layers in float on this machine";
        }
    }
}

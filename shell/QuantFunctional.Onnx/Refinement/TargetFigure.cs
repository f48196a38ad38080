namespace QuantFunctional.Onnx.Refinement;

/// <summary>The one number of a comparison that a target is about.</summary>
internal static class TargetFigure
{
    /// <summary>The figure of the worst output, or by how many percentage points top-1 falls.</summary>
    internal static double Of(TargetKind kind, ComparisonReport report) => kind switch
    {
        TargetKind.Sqnr => Told(report).Min(output => output.SqnrDb),
        TargetKind.Agreement => report.Outputs.Min(output => output.Agreement),
        _ => 100 * (Right(report.FloatTop1, report) - Right(report.QuantizedTop1, report)) / report.Samples,
    };

    /// <summary>The outputs of real numbers; of one that is the same everywhere a ratio to its power says little.</summary>
    private static List<OutputComparison> Told(ComparisonReport report)
    {
        var real = report.Outputs.Where(output => !output.AreWholeNumbers).ToList();
        var changing = real.FindAll(output => !output.IsConstant);
        return changing.Count > 0 ? changing : real;
    }

    // samples are counted, so that a point is a point
    private static double Right(double? top1, ComparisonReport report) => Math.Round(top1!.Value * report.Samples);
}

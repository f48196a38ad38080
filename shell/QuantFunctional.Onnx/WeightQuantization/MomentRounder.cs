using QuantFunctional.Onnx.Judging;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Rounds the weights of products so that their errors cancel in what the products give on the samples.</summary>
/// <param name="moments">What the samples show of each product's input.</param>
internal sealed class MomentRounder(MomentsInTurn moments)
{
    /// <summary>The plan with integers of a smaller error, or as it is with a warning where the samples do not show enough.</summary>
    internal PlannedWeights Round(PlannedWeights planned)
    {
        var seen = moments.Of(planned.Layer);
        if (seen.Rows < seen.MostTogether)
        {
            return Nearest(planned, FormattableString.Invariant(
                $"the samples have {seen.Rows} rows where {seen.MostTogether} inputs are looked at together"));
        }

        var layer = planned.Layer;
        return seen.TryGet(out var blocks, out var refusal)
            && FSharp.WeightView.create(layer.Layout, 1, planned.Plan.Shape.Sizes, layer.Values).TryOpen(out var weights, out refusal)
            && FSharp.MomentRounding.round(weights, blocks, planned.Plan).TryOpen(out var rounded, out refusal)
                ? planned with { Plan = rounded.Layer, Errors = rounded.Errors }
                : Nearest(planned, refusal!.Message);
    }

    private static PlannedWeights Nearest(PlannedWeights planned, string why) => planned with
    {
        Warnings = [Diagnostics.NearestWeights.Warn($"weights are rounded to the nearest integers: {why}", planned.Named.Name)],
    };
}

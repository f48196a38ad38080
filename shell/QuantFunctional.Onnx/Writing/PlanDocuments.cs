using QuantFunctional.Documents;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Writing;

/// <summary>Makes the plan document of a quantized model.</summary>
internal static class PlanDocuments
{
    internal static PlanDocument Of(
        string modelPath, Scheme scheme, TensorEncodings encodings, IReadOnlyList<PlannedLayer> plans,
        IReadOnlyList<PlannedJoin> joins, PlanOptions options) => new()
        {
            Model = Path.GetFileName(modelPath),
            Tensors = [.. encodings.Tensors.Select(tensor => TensorOf(tensor, encodings))],
            Layers = [.. plans.Select(LayerOf)],
            Joins = [.. joins.Select(join => JoinOf(join, options))],
            LeftInFloat = [.. scheme.Floats.Select(left =>
                new FloatNodePlan(left.Node.DisplayName(), left.Node.OpType, left.Reason))],
        };

    private static NamedPlan LayerOf(PlannedLayer planned) =>
        new(planned.Node.Node.DisplayName(), planned.Node.Node.OpType, planned.Plan);

    private static JoinPlan JoinOf(PlannedJoin join, PlanOptions options) => new(
        join.Node.Node.DisplayName(), join.Node.Node.OpType, join.Raise, join.StepBefore, join.StepAfter,
        [.. options.Profile.BetweenLayers]);

    private static TensorPlan TensorOf(string tensor, TensorEncodings encodings)
    {
        var range = encodings.RangeOf(tensor);
        return new TensorPlan(tensor, encodings.Of(tensor), new RangePlan(range.Low, range.High));
    }
}

using System.Diagnostics.CodeAnalysis;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>A layer of the model with its plan.</summary>
internal sealed record PlannedLayer(IntegerNode Node, QuantizedLayer Plan);

/// <summary>Plans the layers of a scheme.</summary>
internal static class LayerPlans
{
    /// <summary>Plans every layer.</summary>
    /// <returns>The plans in the order of the data, and the layers that cannot be planned with the reason.</returns>
    internal static (IReadOnlyList<PlannedLayer> Plans, IReadOnlyDictionary<string, string> Refused) Make(
        Scheme scheme, TensorEncodings encodings, PlanOptions options, BiasMeans means, LayerRoundings roundings,
        IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        var plans = new List<PlannedLayer>();
        var refused = new Dictionary<string, string>();
        var layers = scheme.Layers.ToList();
        var done = 0;
        foreach (var node in layers)
        {
            cancel.ThrowIfCancellationRequested();
            if (TryPlan(node, scheme, encodings, options, means, roundings, out var plan, out var reason))
                plans.Add(new PlannedLayer(node, plan));
            else
                Refuse(node, reason);
            progress?.Report(new QuantizeProgress(ProgressStage.Planning, ++done, layers.Count));
        }

        return (plans, refused);

        void Refuse(IntegerNode node, string reason)
        {
            foreach (var part in node.Layer!.Nodes)
                refused[part.DisplayName()] = reason;
        }
    }

    /// <summary>The weights of a layer by output channel.</summary>
    /// <exception cref="QuantException">Their shape is none that a layer has.</exception>
    internal static WeightView Weights(FoundLayer layer, string model) => FSharp.WeightView
        .create(layer.Layout, LayerGeometry.Groups(layer.Node), layer.Weight.Dims.Select(d => (int)d), layer.Values)
        .OpenOrThrow($"{model}: node {layer.Node.DisplayName()} ({layer.Node.OpType})", model, layer.Node.DisplayName());

    /// <summary>
    /// Plans a layer. A rounding belongs to the scales that it was found for: at others the nearest integers are taken, without a
    /// correction, which would be that of other integers.
    /// </summary>
    private static bool TryPlan(
        IntegerNode node, Scheme scheme, TensorEncodings encodings, PlanOptions options, BiasMeans means, LayerRoundings roundings,
        [NotNullWhen(true)] out QuantizedLayer? plan, [NotNullWhen(false)] out string? reason)
    {
        if (!roundings.TryFind(node.Node, out var rounded))
            return TryPlan(node, scheme, encodings, options, means, out plan, out reason);
        var asRounded = options with { WeightRounding = WeightRounding.NewDifferences(rounded.Added) };
        var isPlanned = TryPlan(node, scheme, encodings, asRounded, means, out plan, out reason);
        if (rounded.WeightScale is not { } scale || (isPlanned && plan!.Plan.WeightScale.Equals(scale)))
            return isPlanned;
        return TryPlan(node, scheme, encodings, options, BiasMeans.None, out plan, out reason);
    }

    private static bool TryPlan(
        IntegerNode node, Scheme scheme, TensorEncodings encodings, PlanOptions options, BiasMeans means,
        [NotNullWhen(true)] out QuantizedLayer? plan, [NotNullWhen(false)] out string? reason)
    {
        var found = node.Layer!;
        var where = $"{scheme.Model.Path}: node {node.Node.DisplayName()} ({node.Node.OpType})";
        var output = encodings.Of(node.Outputs[0]);
        var weights = Weights(found, scheme.Model.Path);
        var geometry = LayerGeometry.Of(found.Node, weights.Shape.KernelSizes, scheme.SpatialSizes(node.Inputs[0]));
        var observed = encodings.RangeOf(node.Outputs[0]);
        if (means.TryFind(node.Node, out var mean))
        {
            observed = FSharp.ObservedDistribution.withMeans(mean.Real, observed).OpenOrThrow(where, scheme.Model.Path, node.Node.DisplayName());
            options = options with { BiasCorrection = BiasCorrection.NewFromMeanOutput([.. mean.Quantized]) };
        }

        var layer = FSharp.Layer
            .create(
                weights, geometry, found.Bias, encodings.Of(node.Inputs[0]), observed,
                Activation.Linear)
            .OpenOrThrow(where, scheme.Model.Path, node.Node.DisplayName());

        reason = null;
        if (!Planner.TryPlan(layer, options, out plan, out var refused))
            reason = $"it cannot be planned: {refused.Message}";
        else if (!plan.Integers.Output.Equals(output))
            reason = "it cannot be planned: its output needs another encoding than the tensor's other users";
        return reason is null;
    }
}

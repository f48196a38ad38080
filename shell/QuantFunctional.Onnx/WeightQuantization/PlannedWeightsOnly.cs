using QuantFunctional.Documents;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>The plans of a model's products as they are made, and what is kept of them.</summary>
/// <param name="layers">The products.</param>
/// <param name="request">How they are planned.</param>
/// <param name="types">Which integers each has.</param>
/// <param name="rounder">What rounds the weights by samples; null where each has its nearest integer.</param>
/// <param name="model">The float model.</param>
internal sealed class PlannedWeightsOnly(
    WeightLayers layers, QuantizeWeightsRequest request, ProductTypes types, MomentRounder? rounder, ModelProto model)
{
    // a session that runs samples holds four times as much, and what goes into a document is not to be made twice
    private readonly bool _plansAreHeld = rounder is not null
        || !(request.PlanPath is null ? ModelSize.IsPassedThrough(model) : ModelSize.IsLarge(model));

    private readonly List<NamedWeightOnlyPlan> _plans = [];
    private readonly List<WeightOnlySummary> _summaries = [];

    /// <summary>Whether the model is too large to be looked at as ONNX Runtime runs it.</summary>
    internal bool IsLarge { get; } = ModelSize.IsLarge(model);

    /// <summary>Whether the integers of each product are to be put away before those of the next are made.</summary>
    internal bool ArePassedThrough { get; } = ModelSize.IsPassedThrough(model);

    /// <summary>The plans in short, as far as they are made.</summary>
    internal IReadOnlyList<WeightOnlySummary> Summaries => _summaries;

    /// <summary>Plans the next product.</summary>
    internal WeightOnlyLayer Plan(FoundLayer layer)
    {
        var nearest = new PlannedWeights(layer, types.Plan(layer)) { EightBitBecause = types.WhyEightBits(layer) };
        var planned = rounder?.Round(nearest) ?? nearest;
        _summaries.Add(planned.Summary());
        if (_plansAreHeld)
            _plans.Add(planned.Named);
        return planned.Plan;
    }

    /// <summary>Whether the result's weights go to a file beside it, which is known before any is planned.</summary>
    internal bool AreBesideTheModel(OnnxModel prepared)
    {
        if (request.ExternalData)
            return true;
        var planned = layers.Found.Select(layer => layer.Weight.Name).ToHashSet();
        var others = prepared.Graph.Initializer.Where(tensor => !planned.Contains(tensor.Name)).Sum(tensor => (long)tensor.RawData.Length);
        return ModelSize.IsLarge(others + layers.Found.Sum(Bytes));
    }

    /// <summary>The plans as a document.</summary>
    internal PlanDocument Document() => new()
    {
        Model = Path.GetFileName(request.Model.Name),
        Layers = [],
        WeightOnlyLayers = _plansAreHeld ? _plans : new PlannedOneByOne(layers, types),
        LeftInFloat = [.. layers.LeftInFloat.Select(left => new FloatNodePlan(left.Name, left.Operator, left.Reason))],
    };

    private long Bytes(FoundLayer layer)
    {
        var (weights, channels) = (TensorData.Count(layer.Weight), (long)layer.Channels);
        var steps = request.Granularity is WeightGranularity.PerGroup group
            ? channels * ((weights / channels) + group.Size - 1) / group.Size
            : channels;
        var type = types.Of(layer);
        var step = TensorData.ElementBits(layer.Weight.DataType) / 8;
        return ((weights + (type.HasZeroPoints ? steps : 0)) * type.Bits / 8) + (steps * step);
    }
}

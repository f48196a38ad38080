using System.Runtime.InteropServices;

namespace QuantFunctional.Documents.Json;

/// <summary>The plan of a layer's weights to its JSON, and back.</summary>
internal static class WeightOnlyMapping
{
    private const string PerTensor = "per-tensor";
    private const string PerChannel = "per-channel";
    private const string PerGroup = "per-group";

    internal static WeightOnlyJson ToJson(NamedWeightOnlyPlan layer, int? arrayIndex)
    {
        var (plan, request) = (layer.Plan, layer.Plan.Request);
        return new WeightOnlyJson
        {
            Name = layer.Name,
            Operator = layer.Operator,
            Type = Names.WeightTypes[request.Type],
            Granularity = request.Granularity.Tag switch
            {
                WeightGranularity.Tags.PerTensor => PerTensor,
                WeightGranularity.Tags.PerChannel => PerChannel,
                _ => PerGroup,
            },
            GroupSize = request.Granularity is WeightGranularity.PerGroup group ? group.Size : null,
            StepFormat = Names.StepFormats[request.Steps],
            Steps = plan.Steps,
            Bias = plan.Bias,
            Weights = DocumentWriting.ToJson(plan.Shape, plan.Weights, arrayIndex),
        };
    }

    internal static NamedWeightOnlyPlan ToPlan(WeightOnlyJson json, int index, IWeightSource weights, Place place)
    {
        var shape = LayerReading.Shape(json.Weights, place.At("weights"));
        var request = new WeightOnlyRequest(
            place.At("type").Find(Names.WeightTypes, json.Type),
            Granularity(json, place),
            place.At("stepFormat").Find(Names.StepFormats, json.StepFormat));
        var values = weights.Weights(json.Weights, shape, index, place.At("weights"));
        var plan = FSharp.WeightOnly
            .ofParts(request, shape, ImmutableCollectionsMarshal.AsImmutableArray(values), [.. json.Steps], [.. json.Bias])
            .OpenOrThrow(place.ToString());
        return new NamedWeightOnlyPlan(json.Name, json.Operator, plan);
    }

    private static WeightGranularity Granularity(WeightOnlyJson json, Place place) =>
        (json.Granularity, json.GroupSize) switch
        {
            (PerTensor, null) => WeightGranularity.PerTensor,
            (PerChannel, null) => WeightGranularity.PerChannel,
            (PerGroup, { } size) => WeightGranularity.NewPerGroup(size),
            (PerTensor or PerChannel, _) =>
                throw place.At("groupSize").Fault($"does not go with `{json.Granularity}`; leave it out."),
            (PerGroup, null) => throw place.At("groupSize").Fault("is missing; plan the layer again."),
            _ => throw place.At("granularity").Fault(
                $"`{json.Granularity}` is no granularity; it is one of {PerTensor}, {PerChannel}, {PerGroup}."),
        };
}

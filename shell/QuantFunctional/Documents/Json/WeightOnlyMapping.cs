using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace QuantFunctional.Documents.Json;

/// <summary>Plans of weights alone to JSON and back.</summary>
internal static class WeightOnlyMapping
{
    /// <summary>What decided how weights are rounded: whether second moments did. Nothing is said of the nearest integers.</summary>
    internal static NameTable<bool> Roundings { get; } = new("rounding of weights", [("second-moments", true)]);

    internal static WeightOnlyJson ToJson(NamedWeightOnlyPlan layer, int? arrayIndex)
    {
        var (plan, request) = (layer.Plan, layer.Plan.Request);
        return new WeightOnlyJson
        {
            Name = layer.Name,
            Operator = layer.Operator,
            Type = Names.WeightTypes[request.Type],
            Granularity = Names.GranularityOf(request.Granularity),
            GroupSize = request.Granularity is WeightGranularity.PerGroup group ? group.Size : null,
            Steps = Names.StepFormats[request.Steps],
            Rule = request.Rule == StepRule.Largest ? null : Names.StepRules[request.Rule],
            Rounding = layer.BySecondMoments ? Roundings[true] : null,
            StepSize = plan.Steps,
            ZeroPoint = request.Type.HasZeroPoints ? [.. plan.ZeroPoints.Select(zero => (int)zero)] : null,
            Bias = plan.Bias,
            Weights = WeightArrays.ToJson(plan.Shape, plan.Weights, arrayIndex),
        };
    }

    internal static NamedWeightOnlyPlan ToPlan(WeightOnlyJson json, int index, IWeightSource weights, Place place)
    {
        var shape = LayerReading.ToShape(json.Weights, place.At("weights"));
        var request = new WeightOnlyRequest(
            place.At("type").Find(Names.WeightTypes, json.Type),
            Granularity(json, place),
            place.At("steps").Find(Names.StepFormats, json.Steps),
            json.Rule is { } rule ? place.At("rule").Find(Names.StepRules, rule) : StepRule.Largest);
        var values = weights.Weights(json.Weights, shape, index, place.At("weights"));
        var plan = FSharp.WeightOnly
            .ofParts(
                request, shape, ImmutableCollectionsMarshal.AsImmutableArray(values), [.. json.StepSize],
                ZeroPoints(json.ZeroPoint ?? [], place.At("zeroPoint")), [.. json.Bias])
            .OpenOrThrow(place);
        return new NamedWeightOnlyPlan(json.Name, json.Operator, plan)
        {
            BySecondMoments = json.Rounding is { } rounding && place.At("rounding").Find(Roundings, rounding),
        };
    }

    private static ImmutableArray<sbyte> ZeroPoints(IReadOnlyList<int> list, Place place)
    {
        place.Demand(list.All(zero => zero is >= 0 and <= 15), $"holds what is no integer of uint4, which are 0 to 15");
        return [.. list.Select(zero => (sbyte)zero)];
    }

    private static WeightGranularity Granularity(WeightOnlyJson json, Place place) =>
        (json.Granularity, json.GroupSize) switch
        {
            ("per-tensor", null) => WeightGranularity.PerTensor,
            ("per-channel", null) => WeightGranularity.PerChannel,
            ("per-group", { } size) => WeightGranularity.NewPerGroup(size),
            ("per-group", null) => throw place.At("groupSize").Fault(Diagnostics.FieldMissing, "is missing; say how many weights make a group."),
            ("per-tensor" or "per-channel", _) =>
                throw place.At("groupSize").Fault(Diagnostics.FieldsExclude, "goes with per-group alone; leave it out."),
            var (name, _) => throw place.At("granularity").Fault(
                Diagnostics.FieldValueUnknown, $"`{name}` is no granularity; it is one of {string.Join(", ", Names.CasesOf<WeightGranularity>())}."),
        };
}

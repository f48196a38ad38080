using System.Collections.Immutable;

namespace QuantFunctional.Documents.Json;

/// <summary>Profiles to JSON and back.</summary>
internal static class ProfileMapping
{
    private const string Integer = "integer";
    private const string Single24 = "single24";

    internal static ProfileJson ToJson(BackendProfile profile) => new()
    {
        Name = profile.Name,
        Paths = [.. profile.Paths.Select(path => Names.Paths[path])],
        Precisions = [.. profile.Precisions.Select(precision => Names.Precisions[precision])],
        Multiplier = profile.Multiplier is MultiplierForm.Integer form ? new(Integer, form.Bits) : new(Single24),
        Accumulator = ToJson(profile.Accumulator),
        Int16Accumulator = ToJson(profile.Int16Accumulator),
        InputZeroPoint = Names.InputZeroPoints[profile.InputZeroPoint],
        OutputZeroPoint = Names.OutputZeroPoints[profile.OutputZeroPoint],
        Steps = Names.StepFormats[profile.Steps],
        Relu = Names.ReluForms[profile.Relu],
        MixedIntrinsicShift = profile.MixedIntrinsicShift,
        Products = Names.ProductSums[profile.Products],
        BetweenLayers = [.. profile.BetweenLayers.Select(arithmetic => Names.OperatorArithmetics[arithmetic])],
    };

    internal static BackendProfile ToProfile(ProfileJson json, Place place)
    {
        var profile = new BackendProfile(
            json.Name,
            Each(json.Paths, Names.Paths, place.At("paths")),
            Each(json.Precisions, Names.Precisions, place.At("precisions")),
            Multiplier(json.Multiplier, place.At("multiplier")),
            ToAccumulator(json.Accumulator, place.At("accumulator")),
            ToAccumulator(json.Int16Accumulator, place.At("int16Accumulator")),
            place.At("inputZeroPoint").Find(Names.InputZeroPoints, json.InputZeroPoint),
            place.At("outputZeroPoint").Find(Names.OutputZeroPoints, json.OutputZeroPoint),
            place.At("steps").Find(Names.StepFormats, json.Steps),
            place.At("relu").Find(Names.ReluForms, json.Relu),
            json.MixedIntrinsicShift,
            place.At("products").Find(Names.ProductSums, json.Products),
            Each(json.BetweenLayers, Names.OperatorArithmetics, place.At("betweenLayers")));
        return FSharp.ProfileRules.check(profile).OpenOrThrow(place);
    }

    private static ImmutableArray<T> Each<T>(IReadOnlyList<string> names, NameTable<T> table, Place place)
        where T : notnull
    {
        var found = names.Select((name, i) => place.At(i).Find(table, name)).ToImmutableArray();
        return found.Distinct().Count() == found.Length ? found : throw place.Fault(Diagnostics.NamedTwice, "names one twice; take it out.");
    }

    private static MultiplierForm Multiplier(MultiplierJson json, Place place) => (json.Form, json.Bits) switch
    {
        (Integer, { } bits) => MultiplierForm.NewInteger(bits),
        (Integer, null) => throw place.At("bits").Fault(Diagnostics.FieldMissing, "is missing; say how many bits the integer has, 31 for TFLite."),
        (Single24, null) => MultiplierForm.Single24,
        (Single24, _) => throw place.At("bits").Fault(Diagnostics.FieldsExclude, "does not go with single24; leave it out."),
        _ => throw place.At("form").Fault(Diagnostics.FieldValueUnknown, $"`{json.Form}` is no form of a multiplier; it is one of {Integer}, {Single24}."),
    };

    private static AccumulatorJson ToJson(Accumulator accumulator) => new(
        accumulator.Bits,
        ToJson(accumulator.UnitShift),
        ToJson(accumulator.MultiplierShift),
        Names.Roundings[accumulator.Rounding]);

    private static ShiftRangeJson ToJson(ShiftRange range) => new(range.Lowest, range.Highest);

    private static Accumulator ToAccumulator(AccumulatorJson json, Place place) => new(
        json.Bits,
        new ShiftRange(json.UnitShift.Lowest, json.UnitShift.Highest),
        new ShiftRange(json.MultiplierShift.Lowest, json.MultiplierShift.Highest),
        place.At("rounding").Find(Names.Roundings, json.Rounding));
}

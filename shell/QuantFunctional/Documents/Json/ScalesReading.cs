namespace QuantFunctional.Documents.Json;

/// <summary>The JSON of the scales to the plan that holds them.</summary>
internal static class ScalesReading
{
    /// <summary>The scales, once they are related, and the intrinsic shifts are those of the last attempt.</summary>
    internal static Plan ToPlan(
        ScalesJson json,
        PlanRequest request,
        Precision precision,
        ActivationPath path,
        BacktrackingParameters last,
        int channels,
        Place place)
    {
        var (input, output) = (place.At("input"), place.At("output"));
        var plan = FSharp.Plan.ofParts(
            DocumentReading.ToEncoding(json.Input, input),
            List(json.WeightScale, request, channels, place.At("weightScale")),
            DocumentReading.ToEncoding(json.Output, output),
            Requantizations(json, request, channels, place),
            List(json.IntrinsicShift, request, channels, place.At("intrinsicShift"))).OpenOrThrow(place);

        CheckTypes(plan.Input, plan.Output, request, precision, path, place);
        input.At("zeroPoint").Demand(
            !path.IsInt16 || plan.Input.ZeroPoint == 0, $"is {plan.Input.ZeroPoint}, the int16 path needs 0");
        place.At("intrinsicShift").Demand(
            plan.IntrinsicShift.Equals(Entries(last.IntrinsicShiftRaised, raised => IntrinsicShift.ofPath(path, raised))),
            $"is not what the last attempt raised on the {path.Name} path");
        var biasScale = List(json.BiasScale, request, channels, place.At("biasScale"));
        place.At("biasScale").Demand(
            biasScale.Equals(plan.BiasScale), $"is not Sa*Sw/2^h, or Sc for a dead channel");
        return plan;
    }

    /// <summary>Refuses an input that the path does not read, and an output that the precision does not give.</summary>
    internal static void CheckTypes(
        Encoding input, Encoding output, PlanRequest request, Precision precision, ActivationPath path, Place place)
    {
        place.At("input").At("type").Demand(
            input.Type.Equals(path.IsInt8 ? ScalarType.Int8 : ScalarType.Int16),
            $"is {input.Type.Name}, which the {path.Name} path does not read");
        place.At("output").At("type").Demand(
            output.Type.Equals(precision.OutputType) || (request.Precision.IsSimaInt16OrWider && output.Type.IsInt32),
            $"is {output.Type.Name}, the precision {precision.Name} gives {precision.OutputType.Name}");
    }

    /// <summary>A list of a document as one entry for the tensor, or one for each output channel.</summary>
    internal static Channelwise<T> List<T>(IReadOnlyList<T> values, PlanRequest request, int channels, Place place) =>
        List(values, request.PerChannel, channels, place);

    internal static Channelwise<T> List<T>(IReadOnlyList<T> values, bool perChannel, int channels, Place place)
    {
        var expected = perChannel ? channels : 1;
        place.Demand(values.Count == expected, $"has {values.Count} entries, {expected} are needed");
        return perChannel ? FSharp.Channelwise.perChannel(values) : FSharp.Channelwise.perTensor(values[0]);
    }

    /// <summary>A value made from each entry, with the same granularity.</summary>
    internal static Channelwise<TTo> Entries<TFrom, TTo>(Channelwise<TFrom> source, Func<TFrom, TTo> change) =>
        source.IsPerChannel
            ? FSharp.Channelwise.perChannel(source.Values.Select(change))
            : FSharp.Channelwise.perTensor(change(source.Values[0]));

    private static Channelwise<Requantization> Requantizations(ScalesJson json, PlanRequest request, int channels, Place place)
    {
        var scales = List(json.RequantizationScale, request, channels, place.At("requantizationScale"));
        var multipliers = List(json.Multiplier, request, channels, place.At("multiplier"));
        var shifts = List(json.Shift, request, channels, place.At("shift"));
        var entries = Enumerable.Range(0, scales.Count).Select(i =>
            FSharp.Requantization
                .ofParts(scales.Values[i], multipliers.Values[i], shifts.Values[i])
                .OpenOrThrow(place.At("requantizationScale").At(i)));
        return List([.. entries], request, channels, place);
    }
}

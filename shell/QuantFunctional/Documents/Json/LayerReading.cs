using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace QuantFunctional.Documents.Json;

/// <summary>The JSON of a layer's plan to the plan.</summary>
internal static class LayerReading
{
    internal static NamedPlan ToPlan(
        LayerJson json, int index, Dictionary<string, BackendProfile> profiles, IWeightSource weights, Place place)
    {
        var shape = ToShape(json.Integers.Weights, place.At("integers").At("weights"));
        var request = Request(json.Request, profiles, place.At("request"), Rounding(json.Request, shape, index, weights, place));
        CheckMeans(request.BiasCorrection, shape, place.At("request").At("biasCorrection").At("means"));
        var path = ToPath(json.Path, request.Profile, place.At("path"));
        var precision = UsedPrecision(json.Precision, request, place.At("precision"));
        var trace = TraceReading.ToTrace(json.Attempts, request.PerChannel, shape.Channels, place.At("attempts"));
        place.At("attempts").Demand(
            trace.Last.Parameters.Precision.Equals(precision), $"ends with another precision than {precision.Name}");
        var plan = ScalesReading.ToPlan(
            json.Plan, request, precision, path, trace.Last.Parameters, shape.Channels, place.At("plan"));
        CheckRealBias(json, shape, place);
        var integers = ToIntegers(
            json,
            index,
            request.Profile,
            path,
            shape,
            (plan.Input, plan.Output),
            ScalesReading.Entries(plan.Requantization, entry => entry.Multiplier),
            ScalesReading.Entries(plan.Requantization, entry => entry.Shift),
            plan.IntrinsicShift,
            weights,
            place);
        var activation = place.At("activation").Find(Names.Activations, json.Activation);
        CheckIntegers(
            json.Integers,
            integers,
            FSharp.ZeroPoints.addedAfter(request.Profile, precision, plan.Output),
            OutputRange(activation, plan.Output, place.At("plan").At("output")),
            place.At("integers"));
        return new NamedPlan(json.Name, json.Operator, new QuantizedLayer(
            request,
            precision,
            Observed(json.Observed, shape.Channels, place.At("observed")),
            activation,
            plan,
            [.. json.RealBias],
            integers,
            trace));
    }

    private static WeightRounding Rounding(RequestJson json, WeightShape shape, int index, IWeightSource weights, Place place) =>
        json.WeightDifferences is { } differences
            ? WeightRounding.NewDifferences(ImmutableCollectionsMarshal.AsImmutableArray(
                weights.Differences(differences, shape, index, place.At("request").At("weightDifferences"))))
            : WeightRounding.Nearest;

    internal static PlanRequest Request(
        RequestJson json, Dictionary<string, BackendProfile> profiles, Place place, WeightRounding? rounding = null)
    {
        if (!profiles.TryGetValue(json.Profile, out var profile))
            throw place.At("profile").Fault(Diagnostics.FieldValueUnknown, $"`{json.Profile}` is none of the document's profiles; add it to `profiles`.");
        var correction = place.At("biasCorrection");
        return new PlanRequest(
            profile,
            place.At("precision").Find(Names.PrecisionRequests, json.Precision),
            json.PerChannel,
            json.Asymmetric,
            (json.BiasCorrection.Kind, json.BiasCorrection.Means) switch
            {
                ("off", null) => BiasCorrection.Off,
                ("off", _) => throw correction.At("means").Fault(Diagnostics.FieldsExclude, "does not go with `off`; leave it out."),
                ("from-mean-input", { } means) => BiasCorrection.NewFromMeanInput([.. means]),
                ("from-mean-output", { } means) => BiasCorrection.NewFromMeanOutput([.. means]),
                ("from-mean-input" or "from-mean-output", null) =>
                    throw correction.At("means").Fault(Diagnostics.FieldMissing, "is missing; plan the layer again."),
                var (kind, _) => throw correction.At("kind").Fault(
                    Diagnostics.FieldValueUnknown, $"`{kind}` is no bias correction; it is one of {string.Join(", ", Names.CasesOf<BiasCorrection>())}."),
            },
            rounding ?? WeightRounding.Nearest);
    }

    private static void CheckMeans(BiasCorrection correction, WeightShape shape, Place place)
    {
        var (found, expected) = correction switch
        {
            BiasCorrection.FromMeanInput c => (c.Means.Length, shape.Inputs * shape.Groups),
            BiasCorrection.FromMeanOutput c => (c.Quantized.Length, shape.Channels),
            _ => (0, 0),
        };
        place.Demand(found == expected, $"has {found} entries, {expected} are needed");
    }

    internal static void CheckRealBias(LayerJson json, WeightShape shape, Place place) => place.At("realBias").Demand(
        json.RealBias.Count == shape.Channels, $"has {json.RealBias.Count} entries for {shape.Channels} output channels");

    internal static WeightShape ToShape(WeightsJson json, Place place) =>
        FSharp.WeightShape
            .create(place.At("layout").Find(Names.Layouts, json.Layout), json.Groups, json.Sizes)
            .OpenOrThrow(place);

    internal static Precision UsedPrecision(string name, PlanRequest request, Place place)
    {
        var precision = place.Find(Names.Precisions, name);
        place.Demand(
            precision.Equals(request.Precision.First) || Equals(precision, request.Precision.Fallback),
            $"{name} is neither the one asked for nor its fallback");
        place.Demand(
            request.Profile.Precisions.Contains(precision), $"{name} is not one that the profile {request.Profile.Name} runs");
        return precision;
    }

    private static ObservedDistribution Observed(ObservedJson json, int channels, Place place)
    {
        var observed = FSharp.ObservedDistribution.ofRange(json.Low, json.High).OpenOrThrow(place);
        if (json.Means is { } means)
        {
            place.At("means").Demand(means.Count == channels, $"has {means.Count} entries for {channels} output channels");
            observed = FSharp.ObservedDistribution.withMeans(means, observed).OpenOrThrow(place);
        }

        if (json.StepRaise is { } raise)
            observed = FSharp.ObservedDistribution.withStepRaise(raise, observed).OpenOrThrow(place);
        return json.Histogram is { } counts
            ? FSharp.ObservedDistribution.withHistogram(counts, observed).OpenOrThrow(place)
            : observed;
    }

    internal static ActivationPath ToPath(string name, BackendProfile profile, Place place)
    {
        var path = place.Find(Names.Paths, name);
        place.Demand(profile.Paths.Contains(path), $"is not one that the profile {profile.Name} runs");
        return path;
    }

    /// <summary>The integers as they stand, on the target that is named; whether they agree with the scales is not asked.</summary>
    internal static IntegerLayer ToIntegers(
        LayerJson layer,
        int index,
        BackendProfile profile,
        ActivationPath path,
        WeightShape shape,
        (Encoding Input, Encoding Output) encodings,
        Channelwise<int> multiplier,
        Channelwise<int> shift,
        Channelwise<int> intrinsicShift,
        IWeightSource weights,
        Place place)
    {
        var json = layer.Integers;
        var geometry = new Geometry(
            [.. layer.Geometry.Strides], [.. layer.Geometry.Pads], [.. layer.Geometry.Dilations], layer.Geometry.IsTransposed);
        place.At("integers").At("bias").Demand(
            json.Bias.Count == shape.Channels, $"has {json.Bias.Count} entries for {shape.Channels} output channels");
        var integers = new IntegerLayer(
            profile,
            path,
            FSharp.Geometry.fit(shape.KernelSizes.Length, geometry).OpenOrThrow(place.At("geometry")),
            encodings.Input,
            encodings.Output,
            ImmutableCollectionsMarshal.AsImmutableArray(
                weights.Weights(json.Weights, shape, index, place.At("integers").At("weights"))),
            shape,
            [.. json.Bias],
            multiplier,
            shift,
            intrinsicShift,
            json.OutputOffset,
            new Interval(json.OutputRange.Low, json.OutputRange.High));
        place.At("integers").At("rounding").Demand(
            json.Rounding == Names.Roundings[integers.Rounding], $"is not `{Names.Roundings[integers.Rounding]}`, the profile's");
        place.At("integers").At("accumulatorBits").Demand(
            json.AccumulatorBits == integers.Accumulator.Bits, $"is not {integers.Accumulator.Bits}, the profile's");
        return integers;
    }

    /// <summary>What an activation leaves of the output's type: a ReLU what is not below the zero point.</summary>
    internal static Interval OutputRange(Activation activation, Encoding output, Place place)
    {
        var whole = FSharp.Encoding.wholeRange(output.Type).OpenOrThrow(place);
        return new Interval(activation.IsRelu ? output.ZeroPoint : whole.Low, whole.High);
    }

    private static void CheckIntegers(IntegersJson json, IntegerLayer integers, int offset, Interval range, Place place)
    {
        var accumulator = FSharp.Interval.ofBits(integers.Accumulator.Bits);
        var outside = integers.Bias.Select((value, channel) => (value, channel))
            .FirstOrDefault(entry => entry.value < accumulator.Low || entry.value > accumulator.High, (0, -1));
        place.At("msbLeftShift").Demand(
            json.MsbLeftShift == integers.MsbLeftShift, $"is not what the intrinsic shifts say");
        place.At("outputOffset").Demand(
            json.OutputOffset == offset, $"is {json.OutputOffset}, precision and zero point give {offset}");
        place.At("outputRange").Demand(
            integers.OutputRange.Equals(range),
            $"is {json.OutputRange.Low} to {json.OutputRange.High}, activation and zero point give {range.Low} to {range.High}");
        place.At("bias").At(outside.Item2).Demand(
            outside.Item2 < 0, $"is {outside.Item1}, beyond an accumulator of {integers.Accumulator.Bits} bits");
    }
}

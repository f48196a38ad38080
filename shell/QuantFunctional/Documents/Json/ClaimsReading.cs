
namespace QuantFunctional.Documents.Json;

/// <summary>
/// The JSON of a plan document to integers and what is claimed of them. Whether the one agrees with the other is left to
/// certificates, so that a contradiction is told as a violation.
/// </summary>
internal static class ClaimsReading
{
    internal static CheckedLayers ToLayers(PlanJson json, Place place)
    {
        var weights = new WeightArrays(json.Arrays, place);
        var profiles = DocumentReading.Profiles(json.Profiles, place.At("profiles"));
        return new CheckedLayers(
            json.Model,
            [.. json.Layers.Select((layer, i) => ToLayer(layer, i, profiles, weights, place.At("layers").At(i)))],
            [.. json.WeightOnlyLayers.Select(layer => layer.Name)])
        {
            QuantizedModel = DocumentReading.ToModel(json.QuantizedModel, place.At("quantizedModel")),
        };
    }

    private static CheckedLayer ToLayer(
        LayerJson json, int index, Dictionary<string, BackendProfile> profiles, WeightArrays weights, Place place)
    {
        var (scales, at) = (json.Plan, place.At("plan"));
        var request = LayerReading.Request(json.Request, profiles, place.At("request"));
        var profile = request.Profile;
        var shape = LayerReading.ToShape(json.Integers.Weights, place.At("integers").At("weights"));
        var path = LayerReading.ToPath(json.Path, profile, place.At("path"));
        var precision = LayerReading.UsedPrecision(json.Precision, request, place.At("precision"));
        var input = DocumentReading.ToEncoding(scales.Input, at.At("input"));
        var output = DocumentReading.ToEncoding(scales.Output, at.At("output"));
        LayerReading.CheckRealBias(json, shape, place);
        ScalesReading.CheckTypes(input, output, request, precision, path, at);
        var integers = LayerReading.ToIntegers(
            json,
            index,
            profile,
            path,
            shape,
            (input, output),
            List(scales.Multiplier, "multiplier"),
            List(scales.Shift, "shift"),
            List(scales.IntrinsicShift, "intrinsicShift"),
            weights,
            place);
        var weightScale = List(scales.WeightScale, "weightScale");
        CheckScales(integers, weightScale, at.At("weightScale"));
        return new CheckedLayer(
            json.Name,
            integers,
            weightScale,
            ScalesReading.Entries(List(scales.BiasScale, "biasScale"), scale => 1 / scale),
            List(scales.RequantizationScale, "requantizationScale"),
            json.RealBias,
            FSharp.ZeroPoints.addedAfter(profile, precision, output),
            LayerReading.OutputRange(
                place.At("activation").Find(Names.Activations, json.Activation), output, at.At("output")),
            StepFormat.Float64);

        Channelwise<T> List<T>(IReadOnlyList<T> values, string field) =>
            ScalesReading.List(values, request, shape.Channels, at.At(field));
    }

    // a scale of 0 claims nothing, so that there would be nothing to hold multiplier and bias to
    private static void CheckScales(IntegerLayer integers, Channelwise<double> weightScale, Place place)
    {
        var shape = integers.Shape;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            place.At(weightScale.IsPerChannel ? channel : 0).Demand(
                weightScale[channel] >= 0, $"is {FSharp.RealText.ofDouble(weightScale[channel])}, a scale is not below 0");
            var weights = from input in Enumerable.Range(0, shape.Inputs)
                          from position in Enumerable.Range(0, shape.Positions)
                          select integers.Weights[shape.Index(channel, input, position)];
            place.At(weightScale.IsPerChannel ? channel : 0).Demand(
                weightScale[channel] != 0 || !weights.Any(weight => weight != 0), $"is 0, but channel {channel} has weights");
        }
    }
}

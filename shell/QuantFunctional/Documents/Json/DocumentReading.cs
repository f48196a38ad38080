namespace QuantFunctional.Documents.Json;

/// <summary>The JSON of a plan document to the plans, with everything that must agree in it looked at.</summary>
internal static class DocumentReading
{
    /// <summary>The plans; their integer weights come from the JSON or from the file that it names.</summary>
    /// <exception cref="QuantException">A field says what no plan can be.</exception>
    internal static PlanDocument ToDocument(PlanJson json, Place place) =>
        ToDocument(json, place, new WeightArrays(json.Arrays, place));

    internal static PlanDocument ToDocument(PlanJson json, Place place, IWeightSource weights)
    {
        var profiles = Profiles(json.Profiles, place.At("profiles"));
        return new PlanDocument
        {
            Model = json.Model,
            QuantizedModel = ToModel(json.QuantizedModel, place.At("quantizedModel")),
            Tensors = [.. json.Tensors.Select((tensor, i) => Tensor(tensor, place.At("tensors").At(i)))],
            Layers =
            [
                .. json.Layers.Select((layer, i) =>
                    LayerReading.ToPlan(layer, i, profiles, weights, place.At("layers").At(i))),
            ],
            WeightOnlyLayers =
            [
                .. json.WeightOnlyLayers.Select((layer, i) => WeightOnlyMapping.ToPlan(
                    layer, json.Layers.Count + i, weights, place.At("weightOnlyLayers").At(i))),
            ],
            Joins = [.. json.Joins.Select((join, i) => JoinMapping.ToPlan(join, place.At("joins").At(i)))],
            LeftInFloat = json.LeftInFloat,
        };
    }

    internal static WrittenModel? ToModel(QuantizedModelJson? json, Place place)
    {
        if (json is null)
            return null;
        if (json.File.Length == 0 || json.File.Contains('\0') || Path.IsPathRooted(json.File))
            throw place.At("file").Fault(Diagnostics.ArraysElsewhere, $"`{json.File}` is not a path from this file's folder, with / between folders; make it one.");
        if (json.Sha256.Length != 64 || !json.Sha256.All(char.IsAsciiHexDigitLower))
            throw place.At("sha256").Fault(Diagnostics.FieldOfOtherType, "is not 64 hexadecimal digits in lower case; write the plan again.");
        return new WrittenModel(json.File, json.Sha256);
    }

    internal static Encoding ToEncoding(EncodingJson json, Place place) =>
        FSharp.Encoding
            .ofParts(json.Scale, json.StepSize, json.ZeroPoint, place.At("type").Find(Names.Types, json.Type))
            .OpenOrThrow(place);

    internal static Dictionary<string, BackendProfile> Profiles(IReadOnlyList<ProfileJson> list, Place place)
    {
        var profiles = new Dictionary<string, BackendProfile>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            if (!profiles.TryAdd(list[i].Name, ProfileMapping.ToProfile(list[i], place.At(i))))
                throw place.At(i).At("name").Fault(Diagnostics.NamedTwice, $"`{list[i].Name}` is the name of two profiles; rename one.");
        }

        return profiles;
    }

    private static TensorPlan Tensor(TensorJson json, Place place)
    {
        place.At("range").Demand(json.Range.Low <= json.Range.High, $"is upside down");
        return new TensorPlan(json.Name, ToEncoding(json.Encoding, place.At("encoding")), json.Range);
    }
}

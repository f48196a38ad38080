using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using QuantFunctional.Formats;

namespace QuantFunctional.Documents.Json;

/// <summary>A versioned JSON file to its fields and back. Numbers are exact: a double reads back as itself.</summary>
internal static class DocumentJson
{
    private const string OldModelPlan = "quantfunctional-model-plan";

    /// <summary>How fields are named and what may be absent; <see cref="FieldCheck"/> reads it too.</summary>
    internal static JsonSerializerOptions Reading { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(), // the check of the fields asks before anything is read
        Converters = { new WholeNumber() },
    };

    /// <summary>How values are written.</summary>
    internal static JsonSerializerOptions Values { get; } = new(Reading) { Converters = { new RealNumber() } };

    private static readonly JsonSerializerOptions Writing = new(Values)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // names of layers as people wrote them
        Converters = { new Inline() },
    };

    internal static void Write<T>(Stream stream, T document)
    {
        JsonSerializer.Serialize(stream, document, Writing);
        stream.WriteByte((byte)'\n');
    }

    internal static T Read<T>(string path, string format, int version)
    {
        var place = new Place(path);
        using var document = Parse(place);
        CheckFormat(document.RootElement, place, format, version);
        FieldCheck.Check(document.RootElement, typeof(T), Reading, place);
        return document.RootElement.Deserialize<T>(Reading)!;
    }

    private static JsonDocument Parse(Place place)
    {
        var bytes = Faults.Reading(place.File, () => File.ReadAllBytes(place.File));
        JsonText.Check(bytes, place);
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException fault)
        {
            var where = fault.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $"line {line + 1}, byte {fault.BytePositionInLine + 1}")
                : "a name that occurs twice in one object";
            throw Diagnostics.NotJson.Fault(
                $"{place}: not JSON that can be read ({where}); the file is truncated or was edited: write it again.",
                file: place.File, inner: fault);
        }
    }

    private static void CheckFormat(JsonElement root, Place place, string format, int version)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw place.Fault(Diagnostics.OtherFormat, $"not a {format}: the document must be an object.");
        var found = root.TryGetProperty("format", out var name) && name.ValueKind == JsonValueKind.String
            ? name.GetString()
            : null;
        if (found == OldModelPlan)
        {
            throw place.At("format").Fault(
                Diagnostics.OtherVersion, $"`{OldModelPlan}` is the plan of an older version, which lacks the integers; make the plan again.");
        }

        if (found != format)
        {
            var shown = found is null ? "missing" : $"`{found}`";
            throw place.At("format").Fault(Diagnostics.OtherFormat, $"is {shown}, `{format}` is needed; name a file of that format.");
        }

        if (!root.TryGetProperty("version", out var number))
            throw place.At("version").Fault(Diagnostics.OtherVersion, $"is missing; version {version} is read.");
        if (number.ValueKind != JsonValueKind.Number || !number.TryGetInt32(out var value) || value != version)
        {
            throw place.At("version").Fault(
                Diagnostics.OtherVersion, $"is {number.GetRawText()}, {version} is read; make the file again, or use the library that wrote it.");
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents;

/// <summary>Writes and reads plan documents as JSON.</summary>
public static class PlanFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new OneLineNumbers<int>(), new OneLineNumbers<long>(), new OneLineNumbers<double>(), new OneLineNumbers<bool>() },
    };

    /// <summary>Writes a document: UTF-8, the same bytes for the same plan.</summary>
    public static void Write(Stream stream, ModelPlanDocument document)
    {
        ArgumentNullException.ThrowIfNull(stream);
        JsonSerializer.Serialize(stream, document, Options);
        stream.WriteByte((byte)'\n');
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="QuantException">
    /// The file is missing or not JSON, is of another format or version, has a field that is not known or lacks one.
    /// </exception>
    public static ModelPlanDocument Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var bytes = File.ReadAllBytes(path);
            RefuseOtherFormats(path, bytes);
            return JsonSerializer.Deserialize<ModelPlanDocument>(bytes, Options)
                ?? throw QuantException.BadInput($"{path}: not a plan: the document is null.");
        }
        catch (JsonException e)
        {
            throw QuantException.BadInput($"{path}: not a plan that can be read: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw QuantException.BadInput($"{path}: cannot be read: {e.Message}", e);
        }
    }

    private static void RefuseOtherFormats(string path, byte[] bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("format", out var format)
            || format.ValueKind != JsonValueKind.String
            || format.GetString() != ModelPlanDocument.FormatName)
        {
            throw QuantException.BadInput(
                $"{path}: not a plan: its field 'format' is not \"{ModelPlanDocument.FormatName}\".");
        }

        if (!root.TryGetProperty("version", out var version)
            || version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out var number)
            || number != ModelPlanDocument.CurrentVersion)
        {
            throw QuantException.BadInput(
                $"{path}: the plan's version is {version}, this library reads {ModelPlanDocument.CurrentVersion}.");
        }
    }
}

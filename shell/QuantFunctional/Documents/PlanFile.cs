using System.Text.Json;
using QuantFunctional.Documents.Json;
using QuantFunctional.Formats;

namespace QuantFunctional.Documents;

/// <summary>Writes and reads plan documents as JSON. Read back, a document equals the one that was written.</summary>
public static class PlanFile
{
    private const string JsonExtension = ".json";

    /// <summary>Writes a document: UTF-8, the same bytes for the same plans.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="document">What to write.</param>
    /// <param name="overwrite">Whether files that exist may be replaced.</param>
    /// <param name="weightsInline">
    /// Whether the integer weights stand in the JSON; else they go to the file that <see cref="ArraysPath"/> names.
    /// </param>
    /// <exception cref="QuantException">
    /// A file cannot be written there, or a plan contradicts itself; nothing was written then.
    /// </exception>
    public static void Write(string path, PlanDocument document, bool overwrite = false, bool weightsInline = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(document);
        AtomicFile.Write(Files(path, document, weightsInline), overwrite);
    }

    /// <summary>The files of a document, in the order in which they are to be moved into place.</summary>
    internal static IReadOnlyList<FileToWrite> Files(string path, PlanDocument document, bool weightsInline)
    {
        var arrays = weightsInline ? null : ArraysPath(path);
        var json = DocumentWriting.ToJson(path, document, arrays is null ? null : Path.GetFileName(arrays));
        var file = new FileToWrite(path, stream => DocumentJson.Write(stream, json));
        return arrays is null ? [file] : [new(arrays, stream => WeightArrays.Write(stream, document)), file];
    }

    /// <summary>Writes a document with its integer weights inline.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="document">What to write.</param>
    /// <exception cref="QuantException">A plan contradicts itself.</exception>
    public static void Write(Stream stream, PlanDocument document)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(document);
        DocumentJson.Write(stream, DocumentWriting.ToJson("the plan", document, arrays: null));
    }

    /// <summary>Reads a document, and the integer weights from beside it where it says so.</summary>
    /// <exception cref="QuantException">
    /// The file is missing or not JSON, is of another format or version, has a field that is not known, lacks one, or
    /// says what no plan can be; the message names file, field and remedy.
    /// </exception>
    public static PlanDocument Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var json = DocumentJson.Read<PlanJson>(path, PlanJson.FormatName, PlanJson.CurrentVersion);
        return DocumentReading.ToDocument(json, new Place(path));
    }

    /// <summary>
    /// Reads the integers of a document's layers and what it claims of them, whether or not the two agree: what a
    /// certificate is made of, also where somebody else wrote the document.
    /// </summary>
    /// <exception cref="QuantException">
    /// The file is missing or not JSON, is of another format or version, has a field that is not known or that has no
    /// meaning, or lacks one; the message names file, field and remedy.
    /// </exception>
    public static CheckedLayers ReadLayers(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var json = DocumentJson.Read<PlanJson>(path, PlanJson.FormatName, PlanJson.CurrentVersion);
        return ClaimsReading.ToLayers(json, new Place(path));
    }

    /// <summary>Whether a file is a plan document, and of which quantized model; nothing else of it is looked at.</summary>
    internal static bool IsPlan(string path, out WrittenModel? model)
    {
        model = null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("format", out var format)
                || !format.ValueEquals(PlanJson.FormatName))
            {
                return false;
            }

            if (root.TryGetProperty("quantizedModel", out var written))
                model = DocumentReading.ToModel(written.Deserialize<QuantizedModelJson>(DocumentJson.Reading), new Place(path));
            return true;
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException or QuantException)
        {
            return false;
        }
    }

    /// <summary>The .npz file that holds the integer weights of a document where they do not stand in it.</summary>
    public static string ArraysPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var stem = path.EndsWith(JsonExtension, StringComparison.OrdinalIgnoreCase) ? path[..^JsonExtension.Length] : path;
        return stem + ".npz";
    }
}

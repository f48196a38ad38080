using System.Text.Json;

namespace QuantFunctional.Onnx.Model;

/// <summary>A folder as ONNX Runtime GenAI runs it: a decoder, and a file that names it.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Decoder">The decoder's file, by its path within.</param>
internal sealed record ModelFolder(string Path, string Decoder)
{
    private const string ConfigName = "genai_config.json";
    private const long MostBytes = 1 << 20;

    /// <summary>Whether a folder is one of these.</summary>
    internal static bool Is(string path) => File.Exists(System.IO.Path.Combine(path, ConfigName));

    /// <summary>Reads what the folder says of itself.</summary>
    /// <exception cref="QuantException">It does not name a decoder, or names one that is run in another way.</exception>
    internal static ModelFolder Read(string path)
    {
        if (!Is(path))
        {
            throw Diagnostics.FolderNotUnderstood.Fault(
                $"{path}: the folder has no {ConfigName}, which names its model; name the ONNX file itself.", file: path);
        }

        var config = System.IO.Path.Combine(path, ConfigName);
        using var document = Parsed(config);
        var decoder = Member(Member(document.RootElement, "model", "model", config), "decoder", "model.decoder", config);
        if (decoder.TryGetProperty("pipeline", out _))
        {
            throw Wrong(config, "model.decoder.pipeline", "several models that run one after the other; quantize each of their files by itself");
        }

        var name = Member(decoder, "filename", "model.decoder.filename", config, JsonValueKind.String).GetString()!;
        return LiesInside(name)
            ? new ModelFolder(path, name.Replace('\\', '/'))
            : throw Wrong(config, "model.decoder.filename", $"'{name}' is no file inside the folder; put the model there");
    }

    /// <summary>The decoder of a folder; what is no folder, as it is.</summary>
    /// <exception cref="QuantException">As of <see cref="Read"/>.</exception>
    internal static ModelSource DecoderOf(ModelSource source) => source.Path is { } path && Directory.Exists(path)
        ? ModelSource.FromFile(System.IO.Path.Combine(path, Read(path).Decoder))
        : source;

    private static JsonDocument Parsed(string config)
    {
        using var file = ModelFile.Open(config, "the folder's configuration");
        if (file.Length > MostBytes)
            throw Wrong(config, "the file", FormattableString.Invariant($"more than {MostBytes} bytes; write it anew"));
        var bytes = new byte[file.Length];
        ModelFile.ReadExactly(file, bytes, config);
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException fault)
        {
            throw Diagnostics.FolderNotUnderstood.Fault(
                FormattableString.Invariant($"{config}: not JSON from line {fault.LineNumber + 1} on; copy or write it anew."), file: config, inner: fault);
        }
    }

    private static JsonElement Member(
        JsonElement parent, string name, string field, string config, JsonValueKind kind = JsonValueKind.Object)
    {
        if (parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) && member.ValueKind == kind)
            return member;
        throw Wrong(config, field, "not there, or of another kind, so that no decoder is known; name the ONNX file itself");
    }

    private static bool LiesInside(string name)
    {
        var parts = name.Split('/', '\\');
        return name.Length > 0 && !System.IO.Path.IsPathRooted(name) && !name.Contains('\0') && !name.Contains(':')
            && !parts.Any(part => part is "" or "." or "..");
    }

    private static QuantException Wrong(string config, string field, string what) =>
        Diagnostics.FolderNotUnderstood.Fault($"{config}: {field}: {what}.", file: config);
}

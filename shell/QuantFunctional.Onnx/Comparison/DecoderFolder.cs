using System.Text.Json;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>The folder in which ONNX Runtime GenAI finds a decoder.</summary>
internal static class DecoderFolder
{
    private const string Config = "genai_config.json";

    /// <summary>The decoder of a folder; what is no folder, as it is.</summary>
    /// <exception cref="QuantException">The folder does not say which file the decoder is.</exception>
    internal static ModelSource Model(ModelSource source)
    {
        if (source.Path is not { } folder || !Directory.Exists(folder))
            return source;
        var config = Path.Combine(folder, Config);
        if (!File.Exists(config))
            throw Unsaid(folder, $"the folder has no {Config}");
        try
        {
            using var json = JsonDocument.Parse(Faults.Reading(config, () => File.ReadAllBytes(config)));
            return json.RootElement.TryGetProperty("model", out var model)
                && model.TryGetProperty("decoder", out var decoder)
                && decoder.TryGetProperty("filename", out var name)
                && name.GetString() is { Length: > 0 } file
                    ? ModelSource.FromFile(Path.Combine(folder, file))
                    : throw Unsaid(config, "it has no text model.decoder.filename");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw Unsaid(config, $"it cannot be read as JSON ({fault.Message.TrimEnd('.')})");
        }
    }

    private static QuantException Unsaid(string file, string why) => Diagnostics.NotADecoder.Fault(
        $"{file}: which file is the decoder? {char.ToUpperInvariant(why[0])}{why[1..]}; name the .onnx file itself.", file: file);
}

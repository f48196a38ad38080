using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace QuantFunctional.Documents.Json;

/// <summary>
/// Looks at the texts and names of a JSON file before anything reads them: the parser takes their bytes as they are, and what
/// is no text is found only by whoever asks for one.
/// </summary>
internal static class JsonText
{
    /// <summary>Refuses bytes that are not UTF-8, and escapes that name half a character.</summary>
    /// <exception cref="QuantException">Where the first of them stands.</exception>
    internal static void Check(ReadOnlySpan<byte> bytes, Place place)
    {
        if (!Utf8.IsValid(bytes))
            throw Fault(place, bytes[..FirstInvalid(bytes)], "holds a byte that is not UTF-8");
        var reader = new Utf8JsonReader(bytes);
        while (Next(ref reader))
        {
            if (reader.ValueIsEscaped && !IsText(ref reader))
                throw Fault(place, bytes[..(int)reader.TokenStartIndex], "holds a text with half a character (\\ud800 to \\udfff)");
        }
    }

    // what is no JSON is told by the parser itself, with its place
    private static bool Next(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsText(ref Utf8JsonReader reader)
    {
        try
        {
            reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        Span<char> characters = stackalloc char[256];
        var at = 0;
        while (Utf8.ToUtf16(bytes[at..], characters, out var read, out _, replaceInvalidSequences: false)
               is System.Buffers.OperationStatus.DestinationTooSmall)
        {
            at += read;
        }

        Utf8.ToUtf16(bytes[at..], characters, out var last, out _, replaceInvalidSequences: false);
        return at + last;
    }

    private static QuantException Fault(Place place, ReadOnlySpan<byte> before, string problem)
    {
        var (line, column) = (before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'));
        return place.Fault(Diagnostics.NotJson, string.Create(
            CultureInfo.InvariantCulture,
            $"{problem} (line {line}, byte {column}); the file is damaged: write it again, or save it as UTF-8."));
    }
}

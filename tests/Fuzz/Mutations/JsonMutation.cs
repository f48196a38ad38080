using System.Text.Json;

namespace QuantFunctional.Fuzz.Mutations;

/// <summary>Changes a JSON document by its values: each can become another, go, come twice, or take another one's place.</summary>
internal static class JsonMutation
{
    private static readonly byte[][] Values =
    [
        .. new[]
        {
            "null", "true", "false", "0", "-0", "1", "-1", "2", "8", "15", "16", "31", "32", "62", "63", "64", "127", "128", "-128", "-129",
            "255", "32767", "32768", "-32768", "2147483647", "-2147483648", "2147483648", "4294967296", "9007199254740993",
            "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0.5", "1.5", "-0.0", "1e-320", "5e-324", "1e308",
            "-1e308", "1e999", "1e99999999999999999999", "1E-99999999999999999999", "0.1e1", "[]", "{}", "[[]]", "[{}]", "[null]",
            "\"\"", "\" \"", "\"a\"", "\"0\"", "\"-1\"", "\"99999999999999999999999999\"", "\"12\\n\"", "\"\\u0000\"", "\"\\ud800\"",
            "\"\\udc00x\"", "\"\\ud83d\\ude42\"", "\"../x\"", "\"/\"", "\"int8\"", "\"int16\"", "\"int32\"", "\"int4\"", "\"OIHW\"", "\"OI\"",
            "\"relu\"", "\"integer\"", "\"per-group\"", "\"planned\"", "\"retried\"", "\"weights0\"", "\"off\"",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
        "\"\u00ff\""u8.ToArray(), [(byte)'"', 0xFF, (byte)'"'], [(byte)'"', 0xED, 0xA0, 0x80, (byte)'"'], [0xC3],
        System.Text.Encoding.UTF8.GetBytes(new string('[', 63) + new string(']', 63)),
        System.Text.Encoding.UTF8.GetBytes(new string('[', 5000)),
        System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', 5000)}\""),
        System.Text.Encoding.UTF8.GetBytes(new string('9', 400)),
        System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat(1, 3000))}]"),
    ];

    private readonly record struct Span(int Start, int End, int Outer)
    {
        internal int Length => End - Start;
    }

    internal static byte[] Apply(byte[] bytes, Numbers numbers)
    {
        var spans = Find(bytes);
        if (spans.Count == 0)
            return ByteMutation.Apply(bytes, numbers);
        var one = numbers.Of(spans);
        var text = bytes.AsSpan(one.Start, one.Length);
        var other = numbers.Of(spans);
        return numbers.Below(8) switch
        {
            0 or 1 or 2 => Splice.Replace(bytes, one.Start, one.Length, numbers.Of(Values)),
            3 => Splice.Replace(bytes, one.Start, one.Length, bytes.AsSpan(other.Start, other.Length)),
            4 => WithoutEntry(bytes, one),
            5 => Splice.Insert(bytes, one.End, [(byte)',', .. bytes.AsSpan(one.Outer, one.End - one.Outer)]),
            6 => Splice.Replace(bytes, one.Start, one.Length, ByteMutation.Apply(text.ToArray(), numbers)),
            _ => Repeated(bytes, one, 1 + numbers.Below(300)),
        };
    }

    // with the comma on one side, where there is one
    private static byte[] WithoutEntry(byte[] bytes, Span span)
    {
        var (start, end) = (span.Outer, span.End);
        if (end < bytes.Length && bytes[end] == ',')
            end++;
        else
        {
            while (start > 0 && bytes[start - 1] is (byte)' ' or (byte)'\n')
                start--;
            if (start > 0 && bytes[start - 1] == ',')
                start--;
        }

        return Splice.Remove(bytes, start, end - start);
    }

    private static byte[] Repeated(byte[] bytes, Span span, int times)
    {
        byte[] entry = [(byte)',', .. bytes.AsSpan(span.Outer, span.End - span.Outer)];
        return Splice.Insert(bytes, span.End, [.. Enumerable.Repeat(entry, Math.Min(times, 1 + (200_000 / entry.Length))).SelectMany(b => b)]);
    }

    /// <summary>Where every value stands, and where its entry begins, with the name before it; also in half a document.</summary>
    private static List<Span> Find(byte[] bytes)
    {
        var (spans, open) = (new List<Span>(), new Stack<int>());
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 10_000 });
        var name = -1;
        try
        {
            while (reader.Read())
            {
                var start = (int)reader.TokenStartIndex;
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        name = start;
                        break;
                    case JsonTokenType.StartArray or JsonTokenType.StartObject:
                        open.Push(spans.Count);
                        spans.Add(new Span(start, start, name < 0 ? start : name));
                        name = -1;
                        break;
                    case JsonTokenType.EndArray or JsonTokenType.EndObject:
                        var index = open.Pop();
                        spans[index] = spans[index] with { End = (int)reader.BytesConsumed };
                        break;
                    default:
                        spans.Add(new Span(start, (int)reader.BytesConsumed, name < 0 ? start : name));
                        name = -1;
                        break;
                }
            }
        }
        catch (JsonException)
        {
            // what was read so far is changed
        }

        spans.RemoveAll(span => span.Length == 0);
        return spans;
    }
}

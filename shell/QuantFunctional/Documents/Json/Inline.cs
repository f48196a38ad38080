using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents.Json;

/// <summary>Writes small objects on one line, and lists of plain values in lines of readable length.</summary>
internal sealed class Inline : JsonConverterFactory
{
    private const int LineLength = 100;

    private static readonly Type[] Small =
    [
        typeof(EncodingJson), typeof(IntervalJson), typeof(RangePlan), typeof(ShiftRangeJson), typeof(MultiplierJson),
        typeof(OverflowReport), typeof(ErrorBoundReport), typeof(NeededBitsReport),
    ];

    public override bool CanConvert(Type typeToConvert) =>
        IsSmall(typeToConvert) || (ElementOf(typeToConvert) is { } element && (IsPlain(element) || IsSmall(element)));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(ElementOf(typeToConvert) is { } element
            ? typeof(ListWriter<,>).MakeGenericType(typeToConvert, element)
            : typeof(ObjectWriter<>).MakeGenericType(typeToConvert))!;

    private static bool IsSmall(Type type) => Small.Contains(type) || type.IsDefined(typeof(OnOneLineAttribute), inherit: false);

    private static bool IsPlain(Type type) => type.IsPrimitive || type == typeof(string) || type == typeof(BigInteger);

    private static Type? ElementOf(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
        : null;

    private static string Text<T>(T value)
    {
        if (IsPlain(typeof(T)))
            return JsonSerializer.Serialize(value, DocumentJson.Values);
        var fields = JsonSerializer.SerializeToElement(value, DocumentJson.Values).EnumerateObject();
        return $"{{ {string.Join(", ", fields.Select(field => $"\"{field.Name}\": {field.Value.GetRawText()}"))} }}";
    }

    private sealed class ObjectWriter<T> : WriterOnly<T>
    {
        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteRawValue(Text(value), skipInputValidation: true);
    }

    private sealed class ListWriter<TList, T> : WriterOnly<TList>
        where TList : IReadOnlyList<T>
    {
        public override void Write(Utf8JsonWriter writer, TList value, JsonSerializerOptions options)
        {
            var most = IsPlain(typeof(T)) ? LineLength : 0;
            var end = "\n" + new string(' ', 2 * writer.CurrentDepth);
            var text = new StringBuilder("[");
            var (line, wrapped) = (0, false);
            for (var i = 0; i < value.Count; i++)
            {
                var item = Text(value[i]);
                var breaks = line + item.Length > most;
                text.Append(i == 0 ? "" : breaks ? "," : ", ").Append(breaks ? end + "  " : "").Append(item);
                line = (breaks ? 0 : line) + item.Length + 2;
                wrapped |= breaks;
            }

            writer.WriteRawValue(text.Append(wrapped ? end : "").Append(']').ToString(), skipInputValidation: true);
        }
    }

    private abstract class WriterOnly<T> : JsonConverter<T>
    {
        public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("This form is for writing.");
    }
}

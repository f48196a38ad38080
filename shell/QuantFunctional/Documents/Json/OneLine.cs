using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents.Json;

/// <summary>Writes small objects of plain values on one line.</summary>
internal sealed class OneLine(JsonSerializerOptions plain) : JsonConverterFactory
{
    private static readonly Type[] Small =
    [
        typeof(EncodingJson), typeof(IntervalJson), typeof(RangePlan), typeof(ShiftRangeJson), typeof(MultiplierJson),
        typeof(OverflowReport),
    ];

    public override bool CanConvert(Type typeToConvert) => Small.Contains(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Writer<>).MakeGenericType(typeToConvert), plain)!;

    private sealed class Writer<T>(JsonSerializerOptions plain) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("This form is for writing.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            var fields = JsonSerializer.SerializeToElement(value, plain).EnumerateObject();
            var texts = fields.Select(field => $"\"{field.Name}\": {field.Value.GetRawText()}");
            writer.WriteRawValue($"{{ {string.Join(", ", texts)} }}");
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents;

/// <summary>Writes a list of numbers on one line, so that a person can read a plan with many channels.</summary>
internal sealed class OneLineNumbers<T> : JsonConverter<IReadOnlyList<T>>
    where T : struct
{
    public override IReadOnlyList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<T[]>(ref reader, options)!;

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options) =>
        writer.WriteRawValue($"[{string.Join(", ", value.Select(item => JsonSerializer.Serialize(item)))}]");
}

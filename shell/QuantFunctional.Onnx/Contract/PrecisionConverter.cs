using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantFunctional.Onnx;

/// <summary>Writes a precision as its name.</summary>
internal sealed class PrecisionConverter : JsonConverter<Precision>
{
    /// <inheritdoc/>
    public override Precision Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Reports are only written.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Precision value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Name);
}

/// <summary>Names the converter without a <c>typeof</c> in the attribute, which the F# compiler's services cannot read.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WrittenAsNameAttribute : JsonConverterAttribute
{
    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert) => new PrecisionConverter();
}

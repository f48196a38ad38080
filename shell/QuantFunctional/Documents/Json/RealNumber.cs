using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents.Json;

/// <summary>A real number as the JSON number that every exact reader reads as the same double.</summary>
internal sealed class RealNumber : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (!double.IsFinite(value))
            throw new ArgumentException("JSON has no number that is not finite.", nameof(value));
        writer.WriteRawValue(FSharp.RealText.ofDouble(value), skipInputValidation: true);
    }
}

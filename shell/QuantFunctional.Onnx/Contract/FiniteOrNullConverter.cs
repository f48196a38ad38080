using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantFunctional.Onnx;

/// <summary>Writes a number that is not finite as <c>null</c>, and reads <c>null</c> as positive infinity.</summary>
internal sealed class FiniteOrNullConverter : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.PositiveInfinity : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteRawValue(FSharp.RealText.ofDouble(value), skipInputValidation: true);
        else
            writer.WriteNullValue();
    }
}

/// <summary>Names the converter without a <c>typeof</c> in the attribute, which the F# compiler's services cannot read.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FiniteOrNullAttribute : JsonConverterAttribute
{
    public override JsonConverter CreateConverter(Type typeToConvert) => new FiniteOrNullConverter();
}

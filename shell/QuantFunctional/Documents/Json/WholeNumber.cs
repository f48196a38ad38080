using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace QuantFunctional.Documents.Json;

/// <summary>A whole number of any size: a JSON number up to ±2^53, which every reader holds, else a text of digits.</summary>
internal sealed class WholeNumber : JsonConverter<BigInteger>
{
    internal const string Pattern = "^-?[0-9]{1,100}$";

    private const long Exact = 1L << 53;

    /// <summary>True for JSON that is such a number.</summary>
    internal static bool Fits(JsonElement element) =>
        element.ValueKind == JsonValueKind.String
            ? element.GetString()! is var text && !text.EndsWith('\n') && Regex.IsMatch(text, Pattern, RegexOptions.CultureInvariant)
            : element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out _);

    public override BigInteger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? BigInteger.Parse(reader.GetString()!, CultureInfo.InvariantCulture)
            : reader.GetInt64();

    public override void Write(Utf8JsonWriter writer, BigInteger value, JsonSerializerOptions options)
    {
        if (BigInteger.Abs(value) <= Exact)
            writer.WriteNumberValue((long)value);
        else
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }
}

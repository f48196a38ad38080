using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace QuantFunctional.Documents.Json;

/// <summary>Compares JSON with the fields that a type has, so that every misfit is named by its place.</summary>
internal static class FieldCheck
{
    /// <summary>Refuses a field that is not known, one that lacks, and a value of another type.</summary>
    /// <exception cref="QuantException">What does not fit, and what would.</exception>
    internal static void Check(JsonElement element, Type type, JsonSerializerOptions options, Place place)
    {
        var info = options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(element, info, options, place);
                break;
            case JsonTypeInfoKind.Enumerable:
                Demand(element.ValueKind == JsonValueKind.Array, element, "a list", place);
                var index = 0;
                foreach (var entry in element.EnumerateArray())
                    Check(entry, info.ElementType!, options, place.At(index++));
                break;
            default:
                CheckValue(element, info.Type, place);
                break;
        }
    }

    private static void CheckObject(JsonElement element, JsonTypeInfo info, JsonSerializerOptions options, Place place)
    {
        Demand(element.ValueKind == JsonValueKind.Object, element, "an object", place);
        foreach (var found in element.EnumerateObject())
        {
            var at = place.At(found.Name);
            var known = info.Properties.FirstOrDefault(property => property.Name == found.Name);
            if (known is null)
            {
                throw at.Fault(Diagnostics.UnknownField, "is not a field of this format; take it out, or check its spelling. The fields here are "
                    + string.Join(", ", info.Properties.Select(property => property.Name)) + ".");
            }

            if (found.Value.ValueKind == JsonValueKind.Null && !known.IsRequired)
                throw at.Fault(Diagnostics.FieldOfOtherType, "is null; leave the field out where there is nothing to say.");
            Check(found.Value, known.PropertyType, options, at);
        }

        foreach (var property in info.Properties)
        {
            if (property.IsRequired && !element.TryGetProperty(property.Name, out _))
                throw place.At(property.Name).Fault(Diagnostics.FieldMissing, "is missing; write the file again, or add the field.");
        }
    }

    private static void CheckValue(JsonElement element, Type type, Place place)
    {
        var (fits, wanted) = type switch
        {
            _ when type == typeof(string) => (element.ValueKind == JsonValueKind.String, "a text"),
            _ when type == typeof(bool) =>
                (element.ValueKind is JsonValueKind.True or JsonValueKind.False, "true or false"),
            _ when type == typeof(BigInteger) => (WholeNumber.Fits(element), "a whole number, or a text of its digits"),
            _ when element.ValueKind != JsonValueKind.Number => (false, "a number"),
            _ when type == typeof(double) => (element.TryGetDouble(out var real) && double.IsFinite(real), "a number that a double holds"),
            _ when type == typeof(sbyte) => (element.TryGetSByte(out _), "a whole number from -128 to 127"),
            _ when type == typeof(int) => (element.TryGetInt32(out _), "a whole number of 32 bits"),
            _ => (element.TryGetInt64(out _), "a whole number of 64 bits"),
        };
        Demand(fits, element, wanted, place);
    }

    private static void Demand(bool fits, JsonElement element, string wanted, Place place)
    {
        if (fits)
            return;
        var found = element.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ when element.GetRawText() is { Length: <= 40 } text => text,
            _ => "a long text",
        };
        throw place.Fault(Diagnostics.FieldOfOtherType, $"is {found}, {wanted} is needed; repair the field, or write the file again.");
    }
}

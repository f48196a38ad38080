using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents.Json;

/// <summary>Writes lists of numbers in lines of readable length, so that a person can read a plan of many channels.</summary>
internal sealed class NumberLists : JsonConverterFactory
{
    private const int LineLength = 100;

    public override bool CanConvert(Type typeToConvert) => ElementOf(typeToConvert) is { IsPrimitive: true };

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(
            typeof(Writer<,>).MakeGenericType(typeToConvert, ElementOf(typeToConvert)!))!;

    private static Type? ElementOf(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
        : null;

    private sealed class Writer<TList, T> : JsonConverter<TList>
        where TList : IReadOnlyList<T>
    {
        public override TList Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("This form is for writing.");

        public override void Write(Utf8JsonWriter writer, TList value, JsonSerializerOptions options)
        {
            var text = new StringBuilder("[");
            var indent = "\n" + new string(' ', 2 * (writer.CurrentDepth + 1));
            var wrapped = false;
            var line = 0;
            for (var i = 0; i < value.Count; i++)
            {
                var number = JsonSerializer.Serialize(value[i]);
                if (i > 0)
                    text.Append(line + number.Length > LineLength ? "," : ", ");
                if (line + number.Length > LineLength)
                {
                    text.Append(indent);
                    wrapped = true;
                    line = 0;
                }

                text.Append(number);
                line += number.Length + 2;
            }

            text.Append(wrapped ? indent[..^2] : "").Append(']');
            writer.WriteRawValue(text.ToString(), skipInputValidation: true);
        }
    }
}

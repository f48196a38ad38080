using Google.Protobuf;

namespace QuantFunctional.Fuzz.Mutations;

/// <summary>A field of a protobuf document as its bytes stand: its key, and a number, bytes, or fields inside.</summary>
internal sealed class ProtoField
{
    private const int MostDepth = 24;

    internal required uint Key { get; set; }

    internal ulong Number { get; set; }

    internal byte[] Bytes { get; set; } = [];

    /// <summary>The fields inside; null where the bytes are no fields.</summary>
    internal List<ProtoField>? Fields { get; set; }

    /// <summary>What the declared length lies about the true one.</summary>
    internal int Lie { get; set; }

    private uint WireType => Key & 7;

    /// <summary>The fields that some bytes are; null where they are none.</summary>
    internal static List<ProtoField>? Parse(byte[] bytes, int depth = 0)
    {
        var fields = new List<ProtoField>();
        var input = new CodedInputStream(bytes);
        try
        {
            while (!input.IsAtEnd)
            {
                var key = input.ReadUInt32();
                var field = new ProtoField { Key = key };
                if (key >> 3 is 0 or > 100)
                    return null;
                switch (key & 7)
                {
                    case 0: field.Number = input.ReadUInt64(); break;
                    case 1: field.Number = input.ReadFixed64(); break;
                    case 5: field.Number = input.ReadFixed32(); break;
                    case 2:
                        field.Bytes = input.ReadBytes().ToByteArray();
                        field.Fields = depth < MostDepth && field.Bytes.Length is > 1 and < 100_000 ? Parse(field.Bytes, depth + 1) : null;
                        break;
                    default: return null;
                }

                fields.Add(field);
            }
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }

        return fields;
    }

    internal static byte[] ToBytes(IEnumerable<ProtoField> fields)
    {
        using var stream = new MemoryStream();
        foreach (var field in fields)
            field.Write(stream);
        return stream.ToArray();
    }

    internal ProtoField Copy() => new()
    {
        Key = Key,
        Number = Number,
        Bytes = Bytes,
        Fields = Fields?.ConvertAll(field => field.Copy()),
        Lie = Lie,
    };

    private void Write(MemoryStream stream)
    {
        Varint(stream, Key);
        switch (WireType)
        {
            case 0: Varint(stream, Number); break;
            case 1: stream.Write(BitConverter.GetBytes(Number)); break;
            case 5: stream.Write(BitConverter.GetBytes((uint)Number)); break;
            default:
                var bytes = Fields is null ? Bytes : ToBytes(Fields);
                Varint(stream, unchecked((uint)(bytes.Length + Lie)));
                stream.Write(bytes);
                break;
        }
    }

    private static void Varint(MemoryStream stream, ulong number)
    {
        for (; number > 127; number >>= 7)
            stream.WriteByte((byte)(number | 128));
        stream.WriteByte((byte)number);
    }
}

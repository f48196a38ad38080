namespace QuantFunctional.Formats;

/// <summary>The types of an array's elements that are read and written.</summary>
public enum ElementType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>8 bits, 0 to 255.</summary>
    UInt8,

    /// <summary>16 bits, unsigned.</summary>
    UInt16,

    /// <summary>32 bits, unsigned.</summary>
    UInt32,

    /// <summary>64 bits, unsigned.</summary>
    UInt64,

    /// <summary>8 bits, −128 to 127.</summary>
    Int8,

    /// <summary>16 bits, signed.</summary>
    Int16,

    /// <summary>32 bits, signed.</summary>
    Int32,

    /// <summary>64 bits, signed.</summary>
    Int64,

    /// <summary>IEEE binary16.</summary>
    Float16,

    /// <summary>IEEE binary32.</summary>
    Float32,

    /// <summary>IEEE binary64.</summary>
    Float64,
}

/// <summary>What an <see cref="ElementType"/> is called, and how many bytes it takes.</summary>
public static class ElementTypes
{
    // NumPy's one letter and the size in bytes, in the order of the enum
    private static readonly string[] Codes =
        ["b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"];

    private static readonly string[] Names =
    [
        "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
        "float16", "float32", "float64",
    ];

    private static readonly Type[] Clr =
    [
        typeof(bool), typeof(byte), typeof(ushort), typeof(uint), typeof(ulong), typeof(sbyte), typeof(short),
        typeof(int), typeof(long), typeof(Half), typeof(float), typeof(double),
    ];

    /// <summary>Bytes that one element takes.</summary>
    public static int Size(this ElementType type) => Codes[(int)type][1] - '0';

    /// <summary>NumPy's name, such as <c>uint8</c> or <c>float32</c>.</summary>
    public static string Name(this ElementType type) => Names[(int)type];

    /// <summary>Whether elements can be NaN or infinite.</summary>
    public static bool IsFloat(this ElementType type) => type >= ElementType.Float16;

    internal static string Code(this ElementType type) => Codes[(int)type];

    internal static ElementType? FromCode(ReadOnlySpan<char> code)
    {
        for (var i = 0; i < Codes.Length; i++)
        {
            if (code.SequenceEqual(Codes[i]))
                return (ElementType)i;
        }

        return null;
    }

    internal static ElementType? FromClr(Type type)
    {
        var index = Array.IndexOf(Clr, type);
        return index < 0 ? null : (ElementType)index;
    }
}

namespace QuantFunctional.Formats;

/// <summary>What an array's header says: name, element type, shape. The first axis counts samples.</summary>
public sealed class ArrayInfo
{
    internal ArrayInfo(string file, string name, ElementType elementType, IReadOnlyList<long> shape)
    {
        File = file;
        Name = name;
        ElementType = elementType;
        Shape = shape;
    }

    /// <summary>The file (or archive) that holds the array, as the caller named it.</summary>
    public string File { get; }

    /// <summary>The array's name: its entry in an archive, or its file's name, without <c>.npy</c>.</summary>
    public string Name { get; }

    /// <summary>The type of every element.</summary>
    public ElementType ElementType { get; }

    /// <summary>The length of every axis; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The length of the first axis; 1 for a scalar.</summary>
    public long SampleCount => Shape.Count == 0 ? 1 : Shape[0];

    /// <summary>The shape of one sample: every axis but the first.</summary>
    public IReadOnlyList<long> SampleShape => [.. Shape.Skip(1)];

    /// <summary>Elements in one sample.</summary>
    public long SampleLength => Shape.Skip(1).Aggregate(1L, (product, length) => product * length);

    /// <summary>File and array as messages name them.</summary>
    public override string ToString() => Where(File, Name);

    internal static string Where(string file, string name) => $"{file}: array `{name}`";
}

using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;

namespace QuantFunctional.Formats;

/// <summary>Reads arrays of integers: inputs of planned layers.</summary>
public static class IntegerArrays
{
    /// <summary>Reads the one array of a .npy file, or of an archive or folder that holds no other.</summary>
    /// <exception cref="QuantException">
    /// The file cannot be read, is damaged, holds several arrays, another type than int8, int16, int32 or int64, or a
    /// value outside int32.
    /// </exception>
    public static IntegerTensor Read(string path)
    {
        var file = ArrayFile.Open(path);
        if (file.Names.Count != 1)
            throw Diagnostics.SeveralArrays.Fault($"{path}: one array is wanted, it holds {file.Listing}; name a .npy file.", file: path);
        using var reader = file.OpenArray(file.Names[0]);
        var info = reader.Info;
        if (info.ElementType is < ElementType.Int8 or > ElementType.Int64)
        {
            throw Diagnostics.ElementTypeNotWanted.Fault(
                $"{path}: its elements are {info.ElementType.Name()}; integers as a plan stores them are int8, int16, "
                + "int32 or int64: quantize them with the step and the zero point of the layer's input first.",
                file: path);
        }

        reader.TakeAsOneSample();
        if (info.Shape.Any(axis => axis > Array.MaxLength) || reader.Info.SampleLength > Array.MaxLength)
        {
            throw Diagnostics.ArrayTooLarge.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{path}: the shape {Shapes.Text(info.Shape)} has more than {Array.MaxLength} elements."),
                file: path);
        }

        var values = GC.AllocateUninitializedArray<int>((int)reader.Info.SampleLength);
        reader.TryRead<int>(values);
        return new IntegerTensor(
            [.. info.Shape.Select(axis => (int)axis)], ImmutableCollectionsMarshal.AsImmutableArray(values));
    }

    /// <summary>Writes integers in a type that holds them, as a .npy file.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="tensor">The integers.</param>
    /// <param name="type">int8, int16 or int32.</param>
    /// <exception cref="OverflowException">A value lies outside the type.</exception>
    public static void Write(Stream stream, IntegerTensor tensor, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(type);
        long[] shape = [.. tensor.Sizes.Select(size => (long)size)];
        if (type.IsInt8)
            NpyWriter.Write<sbyte>(stream, [.. tensor.Values.Select(value => checked((sbyte)value))], shape);
        else if (type.IsInt16)
            NpyWriter.Write<short>(stream, [.. tensor.Values.Select(value => checked((short)value))], shape);
        else if (type.IsInt32)
            NpyWriter.Write(stream, tensor.Values.AsSpan(), shape);
        else
            throw new ArgumentException($"{type.Name} is none of int8, int16 and int32.", nameof(type));
    }
}

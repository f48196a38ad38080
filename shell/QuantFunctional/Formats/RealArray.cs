using System.Globalization;
using System.Numerics;

namespace QuantFunctional.Formats;

/// <summary>A whole array of real numbers in memory.</summary>
/// <param name="Values">The elements in C order.</param>
/// <param name="Shape">The length of every axis; empty for a scalar.</param>
public sealed record RealArray<T>(ReadOnlyMemory<T> Values, IReadOnlyList<int> Shape);

/// <summary>Reads arrays of weights, biases and means.</summary>
public static class RealArrays
{
    /// <summary>Reads the one array of a .npy file, or of an archive or folder that holds no other.</summary>
    /// <typeparam name="T">
    /// float or double. A wider element is rounded to nearest; one that is too large becomes an infinity.
    /// </typeparam>
    /// <exception cref="QuantException">
    /// The file cannot be read, is damaged, holds less than it declares, several arrays, or another type than floats.
    /// </exception>
    public static RealArray<T> Read<T>(string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var file = ArrayFile.Open(path);
        if (file.Names.Count != 1)
            throw Diagnostics.SeveralArrays.Fault($"{path}: one array is wanted, it holds {file.Listing}; name a .npy file.", file: path);
        using var reader = file.OpenArray(file.Names[0]);
        var info = reader.Info;
        if (!info.ElementType.IsFloat())
        {
            throw Diagnostics.ElementTypeNotWanted.Fault(
                $"{path}: its elements are {info.ElementType.Name()}; real numbers are float16, float32 or float64: "
                + "convert it with numpy's astype.",
                file: path);
        }

        reader.TakeAsOneSample();
        if (info.Shape.Any(axis => axis > Array.MaxLength) || reader.Info.SampleLength > Array.MaxLength)
        {
            throw Diagnostics.ArrayTooLarge.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{path}: the shape {Shapes.Text(info.Shape)} has more than {Array.MaxLength} elements."),
                file: path);
        }

        var values = GC.AllocateUninitializedArray<T>((int)reader.Info.SampleLength);
        reader.TryRead<T>(values);
        return new RealArray<T>(values, [.. info.Shape.Select(axis => (int)axis)]);
    }
}

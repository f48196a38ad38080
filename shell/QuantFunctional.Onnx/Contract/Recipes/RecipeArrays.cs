using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using QuantFunctional.Documents;
using QuantFunctional.Documents.Json;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx;

/// <summary>The arrays of a recipe, which lie in a .npz file beside it that it names by digest.</summary>
internal static class RecipeArrays
{
    private const long MostBytes = 1L << 30;

    /// <summary>The file beside a recipe that takes its arrays.</summary>
    internal static string PathBeside(string recipe) => PlanFile.ArraysPath(recipe);

    /// <summary>The bytes of a file of pairs of rows, and of differences, each array called by its name; null where there is none.</summary>
    internal static byte[]? Bytes(
        IReadOnlyList<(string Name, double[] First, double[] Second)> pairs, IReadOnlyList<(string Name, ImmutableArray<sbyte> Values)> differences)
    {
        if (pairs.Count + differences.Count == 0)
            return null;
        using var stream = new MemoryStream();
        NpzWriter.Write(
            stream,
            [
                .. pairs.Select(pair => (pair.Name, (Action<Stream>)(entry =>
                    NpyWriter.Write<double>(entry, [.. pair.First, .. pair.Second], 2, pair.First.Length)))),
                .. differences.Select(array => (array.Name, (Action<Stream>)(entry =>
                    NpyWriter.Write<sbyte>(entry, array.Values.ToArray(), 1, array.Values.Length)))),
            ]);
        return stream.ToArray();
    }

    /// <summary>What a recipe calls the file of its arrays: the bytes' SHA-256.</summary>
    internal static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Opens the file that a recipe names; null where it has none.</summary>
    /// <exception cref="QuantException">The file is missing, or is another one.</exception>
    internal static ArrayFile? Open(RecipeJson document, Place recipe)
    {
        var at = recipe.At("arrays");
        if (document.Arrays is not { } arrays)
        {
            var named = document.Biases.Select(bias => bias.Array).Concat(document.Roundings.Select(rounding => rounding.Array)).FirstOrDefault();
            return named is null ? null : throw at.Fault(Diagnostics.FieldMissing, $"is missing, and array `{named}` is named; save the recipe again.");
        }

        var path = PathOf(arrays, at);
        RecipeCheck.RefuseLarge(path, MostBytes);
        var digest = Faults.Reading(path, () =>
        {
            using var file = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        });
        if (digest != arrays.Sha256)
        {
            throw Diagnostics.RecipeArraysDiffer.Fault(
                $"{path}: its SHA-256 is not the one that {recipe.File} names (arrays.sha256): it is of another recipe, or was changed; put the "
                + "recipe's own file there, or save the recipe again.",
                file: path);
        }

        return ArrayFile.Open(path);
    }

    /// <summary>The file of a recipe's arrays.</summary>
    internal static string PathOf(RecipeArraysJson arrays, Place at)
    {
        if (arrays.File is "" or "." or ".." || arrays.File.AsSpan().IndexOfAny("/\\:\0") >= 0)
            throw at.At("file").Fault(Diagnostics.ArraysElsewhere, $"`{arrays.File}` is not the name of a file in the recipe's own folder; put it there.");
        return Path.Combine(Path.GetDirectoryName(at.File) ?? "", arrays.File);
    }

    /// <summary>Reads two rows.</summary>
    /// <exception cref="QuantException">The array is missing, or is something else.</exception>
    internal static (double[] First, double[] Second) Pair(ArrayFile file, string name)
    {
        using var reader = file.OpenArray(name);
        var info = reader.Info;
        if (info.ElementType != ElementType.Float64 || info.Shape is not [2, > 0 and <= MostBytes / (2 * sizeof(double))])
            throw Other(info, file, "two rows of float64");

        var (first, second) = (new double[info.SampleLength], new double[info.SampleLength]);
        reader.TryRead<double>(first);
        reader.TryRead<double>(second);
        return first.Concat(second).All(double.IsFinite)
            ? (first, second)
            : throw Diagnostics.RecipeArraysDiffer.Fault($"{info}: holds a number that is not finite; save the recipe again.", file: file.Path);
    }
    /// <summary>Reads what is added to weights.</summary>
    /// <exception cref="QuantException">The array is missing, or is something else.</exception>
    internal static ImmutableArray<sbyte> Differences(ArrayFile file, string name)
    {
        using var reader = file.OpenArray(name);
        var info = reader.Info;
        if (info.ElementType != ElementType.Int8 || info.Shape is not [1, > 0 and <= MostBytes])
            throw Other(info, file, "one row of int8");
        var values = new sbyte[info.SampleLength];
        reader.TryRead<sbyte>(values);
        return ImmutableCollectionsMarshal.AsImmutableArray(values);
    }

    private static QuantException Other(ArrayInfo info, ArrayFile file, string needed) => Diagnostics.RecipeArraysDiffer.Fault(
        string.Create(CultureInfo.InvariantCulture,
            $"{info}: {info.ElementType.Name()} {Shapes.Text(info.Shape)}, where {needed} are needed; save the recipe again."),
        file: file.Path);
}

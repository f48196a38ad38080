using System.Globalization;
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

    /// <summary>The bytes of a file of rows of numbers, each array called by its name.</summary>
    internal static byte[] Bytes(IEnumerable<(string Name, double[][] Rows)> arrays)
    {
        using var stream = new MemoryStream();
        NpzWriter.Write(stream, arrays.Select(array => (array.Name, (Action<Stream>)(entry =>
            NpyWriter.Write<double>(entry, array.Rows.SelectMany(row => row).ToArray(), array.Rows.Length, array.Rows[0].Length)))));
        return stream.ToArray();
    }

    /// <summary>What a recipe calls the file of its arrays: the bytes' SHA-256.</summary>
    internal static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Reads the pairs of rows that a recipe names.</summary>
    /// <exception cref="QuantException">The file is missing, is another one, or holds something else.</exception>
    internal static IReadOnlyDictionary<string, (double[] First, double[] Second)> Read(
        RecipeArraysJson? arrays, IReadOnlyList<string> names, Place recipe)
    {
        var at = recipe.At("arrays");
        if (arrays is null)
        {
            return names.Count == 0
                ? new Dictionary<string, (double[], double[])>()
                : throw at.Fault(Diagnostics.FieldMissing, $"is missing, and array `{names[0]}` is named; save the recipe again.");
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

        var opened = ArrayFile.Open(path);
        return names.ToDictionary(name => name, name => Pair(opened, name));
    }

    /// <summary>The file of a recipe's arrays.</summary>
    internal static string PathOf(RecipeArraysJson arrays, Place at)
    {
        if (arrays.File is "" or "." or ".." || arrays.File.AsSpan().IndexOfAny("/\\:\0") >= 0)
            throw at.At("file").Fault(Diagnostics.ArraysElsewhere, $"`{arrays.File}` is not the name of a file in the recipe's own folder; put it there.");
        return Path.Combine(Path.GetDirectoryName(at.File) ?? "", arrays.File);
    }

    private static (double[] First, double[] Second) Pair(ArrayFile file, string name)
    {
        using var reader = file.OpenArray(name);
        var info = reader.Info;
        if (info.ElementType != ElementType.Float64 || info.Shape is not [2, > 0 and <= int.MaxValue])
        {
            throw Diagnostics.RecipeArraysDiffer.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{info}: {info.ElementType.Name()} {Shapes.Text(info.Shape)}, where two rows of float64 are needed; save the recipe again."), file: file.Path);
        }

        var (first, second) = (new double[info.SampleLength], new double[info.SampleLength]);
        reader.TryRead<double>(first);
        reader.TryRead<double>(second);
        return first.Concat(second).All(double.IsFinite)
            ? (first, second)
            : throw Diagnostics.RecipeArraysDiffer.Fault($"{info}: holds a number that is not finite; save the recipe again.", file: file.Path);
    }
}

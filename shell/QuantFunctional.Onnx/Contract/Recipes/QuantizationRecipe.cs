using System.Collections.Immutable;
using QuantFunctional.Documents.Json;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx;

/// <summary>
/// Every choice of a quantization: what it takes to make the same model of the same float model again, without data. It is a JSON file
/// for readers, with arrays beside it where biases are corrected, or weights are rounded by second moments.
/// </summary>
public sealed class QuantizationRecipe
{
    private const long MostBytes = 1L << 28;

    private QuantizationRecipe(RecipeJson document, string path, ArrayFile? arrays)
    {
        (Document, Name) = (document, path);
        var options = new Place(path).At("options");
        Precision = options.At("precision").Find(RecipeNames.Precisions, document.Options.Precision);
        For = options.At("for").Find(RecipeNames.Engines, document.Options.For);
        Profile = ProfileMapping.ToProfile(document.Options.Profile, options.At("profile"));
        Means = document.Biases.ToDictionary(bias => bias.Output, bias => RecipeArrays.Pair(arrays!, bias.Array));
        Differences = document.Roundings.ToDictionary(rounding => rounding.Output, rounding => RecipeArrays.Differences(arrays!, rounding.Array));
        Files = arrays is null ? [path] : [path, arrays.Path];
    }

    /// <summary>The file.</summary>
    public string Name { get; }

    /// <summary>The version of the library that wrote it. The same bytes are promised for the same version.</summary>
    public string Tool => Document.Tool;

    /// <summary>The SHA-256 of the float model's tensors and operators, in hexadecimal.</summary>
    public string ModelSha256 => Document.Model.Sha256;

    /// <summary>What tells the samples that the choices were made on from others, as <see cref="CalibrationReport.Digest"/> does.</summary>
    public string DataSha256 => Document.Data.Sha256;

    /// <summary>How many samples the choices were made on.</summary>
    public long SampleCount => Document.Data.Samples;

    /// <summary>The content of the file.</summary>
    internal RecipeJson Document { get; }

    /// <summary>How layers compute.</summary>
    internal Precision Precision { get; }

    /// <summary>What is to load the file.</summary>
    internal TargetEngine For { get; }

    /// <summary>The target that the layers are planned for.</summary>
    internal BackendProfile Profile { get; }

    /// <summary>What corrects biases, by the layer's output.</summary>
    internal IReadOnlyDictionary<string, (double[] Real, double[] Quantized)> Means { get; }

    /// <summary>What is added to the nearest weights, by the layer's output.</summary>
    internal IReadOnlyDictionary<string, ImmutableArray<sbyte>> Differences { get; }

    /// <summary>The file, and that of its arrays where it has one.</summary>
    internal IReadOnlyList<string> Files { get; }

    /// <summary>Reads a recipe, and its arrays from beside it.</summary>
    /// <exception cref="QuantException">
    /// A file is missing, damaged or too large, is of another format or version, contradicts itself, or the arrays are not the recipe's.
    /// </exception>
    public static QuantizationRecipe Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RecipeCheck.RefuseLarge(path, MostBytes);
        var document = DocumentJson.Read<RecipeJson>(path, RecipeJson.FormatName, RecipeJson.CurrentVersion);
        var place = new Place(path);
        RecipeCheck.Require(document, place);
        return new QuantizationRecipe(document, path, RecipeArrays.Open(document, place));
    }

    /// <summary>The name, and what the choices were made on.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name}: of {Document.Model.File} and {SampleCount} samples, by version {Tool}");
}

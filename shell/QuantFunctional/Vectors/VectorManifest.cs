using System.Text.Json.Serialization;
using QuantFunctional.Documents;
using QuantFunctional.Documents.Json;

namespace QuantFunctional.Vectors;

/// <summary>What a folder of test vectors holds; as JSON it is the folder's <c>manifest.json</c>.</summary>
public sealed record VectorManifest
{
    internal const string FormatName = "quantfunctional-vectors";
    internal const int CurrentVersion = 1;
    internal const string FileName = "manifest.json";

    /// <summary>What the document says it is.</summary>
    [JsonRequired]
    public string Format { get; init; } = FormatName;

    /// <summary>The version of the format.</summary>
    [JsonRequired]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The layer's name in the plan.</summary>
    public required string Layer { get; init; }

    /// <summary>The SHA-256 of the layer's integers: <see cref="IntegersDigest"/>.</summary>
    public required string IntegersSha256 { get; init; }

    /// <summary>The name of the target's profile.</summary>
    public required string Profile { get; init; }

    /// <summary>The algorithm that multiplies: int8, int15 or int16.</summary>
    public required string Path { get; init; }

    /// <summary>How the requantization rounds.</summary>
    public required string Rounding { get; init; }

    /// <summary>The usable bits of the accumulator.</summary>
    public required int AccumulatorBits { get; init; }

    /// <summary>Whether the input's zero point is in the bias, else it is taken off each input before the product.</summary>
    public required bool InputZeroPointInBias { get; init; }

    /// <summary>The stored 0 of the input, which padding holds too.</summary>
    public required int InputZeroPoint { get; init; }

    /// <summary>What is added after the requantization.</summary>
    public required int OutputOffset { get; init; }

    /// <summary>The lowest value that the output is clamped to.</summary>
    public required long OutputLowest { get; init; }

    /// <summary>The highest value that the output is clamped to.</summary>
    public required long OutputHighest { get; init; }

    /// <summary>How many groups the channels fall into.</summary>
    public required int Groups { get; init; }

    /// <summary>Steps from one output to the next, for each kernel axis.</summary>
    public required IReadOnlyList<int> Strides { get; init; }

    /// <summary>The padding at the begin of each kernel axis, then at the end of each.</summary>
    public required IReadOnlyList<int> Pads { get; init; }

    /// <summary>The distance of neighbouring kernel positions, for each kernel axis.</summary>
    public required IReadOnlyList<int> Dilations { get; init; }

    /// <summary>Whether inputs are spread over outputs, as a transposed convolution does.</summary>
    public required bool IsTransposed { get; init; }

    /// <summary>The seed of the random inputs.</summary>
    public required long Seed { get; init; }

    /// <summary>The output place of the worst cases: its index along each spatial axis.</summary>
    public required IReadOnlyList<int> WorstCasePlace { get; init; }

    /// <summary>The files, with the inputs first.</summary>
    public required IReadOnlyList<VectorFileEntry> Files { get; init; }

    /// <summary>The vectors, in the order of the files' first axis.</summary>
    public required IReadOnlyList<VectorEntry> Vectors { get; init; }

    /// <summary>Writes the manifest as JSON: the bytes of <c>manifest.json</c>.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        DocumentJson.Write(stream, this);
    }

    /// <summary>Reads the manifest of a folder.</summary>
    /// <exception cref="QuantException">It is missing, damaged, or no manifest of this version.</exception>
    public static VectorManifest Read(string folder) => DocumentJson.Read<VectorManifest>(
        System.IO.Path.Combine(folder, FileName), FormatName, CurrentVersion);
}

/// <summary>A file of vectors or constants.</summary>
/// <param name="Role">
/// inputs; then the intermediates that the target's arithmetic has: high-halves, low-halves, products, accumulators,
/// shifted-left, multiplied (with the rounding constant), requantized (with the zero point, before the clamp); outputs;
/// weights, bias and so on.
/// </param>
/// <param name="File">Its name in the folder.</param>
/// <param name="Bits">The bits of each two's complement number: of a word of hex digits, or of an array's element.</param>
/// <param name="Shape">The axes' lengths, the last one running fastest; the first is the vectors', or the channels'.</param>
/// <param name="Sha256">The SHA-256 of the file's bytes, in hexadecimal.</param>
public sealed record VectorFileEntry(string Role, string File, int Bits, IReadOnlyList<int> Shape, string Sha256);

/// <summary>One vector.</summary>
/// <param name="Name">Its name: why it is there.</param>
/// <param name="Channel">The output channel whose worst case it is; null for others.</param>
/// <param name="Attains">
/// Whether the channel's product reaches the end of its interval; null but for worst cases. It does not where no output
/// place reads the whole kernel, as with most transposed convolutions and with wide padding.
/// </param>
public sealed record VectorEntry(string Name, int? Channel = null, bool? Attains = null);

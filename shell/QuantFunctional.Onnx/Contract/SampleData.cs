namespace QuantFunctional.Onnx;

/// <summary>Samples of a model's inputs: a file or folder, or a sequence from memory.</summary>
/// <remarks>A path can stand wherever samples are wanted.</remarks>
public sealed class SampleData
{
    private SampleData(string name, string? path, IAsyncEnumerable<Sample>? sequence) =>
        (Name, Path, Sequence) = (name, path, sequence);

    /// <summary>What messages call the samples: their path, or the name that was given with the sequence.</summary>
    public string Name { get; }

    /// <summary>The file or folder; null where the samples come from memory.</summary>
    public string? Path { get; }

    /// <summary>The samples that come from memory.</summary>
    internal IAsyncEnumerable<Sample>? Sequence { get; }

    /// <summary>
    /// A .npz, a .npy or a folder of .npy files, in which the first axis counts samples. An array feeds the input of its name; a
    /// model with one input takes the only array. An array <c>labels</c> holds classes.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    public static SampleData FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(path, path, null);
    }

    /// <summary>Samples one by one, all with the same inputs, shapes and types.</summary>
    /// <param name="samples">
    /// The samples. They are asked for once, and kept in a temporary file until the work is done, so that memory holds one.
    /// </param>
    /// <param name="name">What messages call them.</param>
    public static SampleData From(IAsyncEnumerable<Sample> samples, string name = "samples in memory")
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, null, samples);
    }

    /// <summary>Samples one by one, all with the same inputs, shapes and types.</summary>
    /// <param name="samples">As of the asynchronous sequence.</param>
    /// <param name="name">What messages call them.</param>
    public static SampleData From(IEnumerable<Sample> samples, string name = "samples in memory")
    {
        ArgumentNullException.ThrowIfNull(samples);
        return From(samples.ToAsyncEnumerable(), name);
    }

    /// <summary>Samples in a file or folder.</summary>
    public static implicit operator SampleData(string path) => FromFile(path);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

using QuantFunctional.Formats;

namespace QuantFunctional.Onnx;

/// <summary>Samples of a model's inputs: a file or folder, or a sequence from memory.</summary>
/// <remarks>
/// A path can stand wherever samples are wanted. The first axis of an array counts samples. A model that takes a fixed number
/// of samples at once gets them in groups; the last group is filled up with samples again, and what they give is not counted.
/// An input that has no axis for samples is given once for all of them, in its own shape, or with one more axis in front once
/// for each.
/// </remarks>
public sealed class SampleData
{
    private SampleData(string name, string? path) => (Name, Path) = (name, path);

    /// <summary>What messages call the samples: their path, or the name that was given with the sequence.</summary>
    public string Name { get; }

    /// <summary>The file or folder; null where the samples come from memory.</summary>
    public string? Path { get; }

    /// <summary>The samples that come from memory.</summary>
    internal IAsyncEnumerable<Sample>? Sequence { get; private init; }

    /// <summary>Makes the arrays for a model's inputs, and tells what a user should know of them; null where they lie in files.</summary>
    internal Func<IReadOnlyList<ModelInput>, (ArrayFile Arrays, IReadOnlyList<ReportWarning> Warnings)>? Made { get; private init; }

    /// <summary>The array of the file that feeds the model's one input, or is the tokens of a decoder; told by names where null.</summary>
    internal string? Array { get; private init; }

    /// <summary>How they are fed.</summary>
    internal SampleFeed Feed { get; private init; } = SampleFeed.Usual;

    /// <summary>
    /// A .npz, a .npy, a folder of .npy files, or a folder of .npz files, each with all inputs of a sample or of several. The
    /// first axis counts samples. An array feeds the input of its name; a model with one input takes the only array. An array
    /// <c>labels</c> holds classes. The files of a folder may hold samples of different shapes where the model takes them; each
    /// runs with its own.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    public static SampleData FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(path, path);
    }

    /// <summary>Samples one by one, all with the same inputs and types.</summary>
    /// <param name="samples">
    /// The samples. They are asked for once, and kept in a temporary file until the work is done, so that memory holds one.
    /// </param>
    /// <param name="name">What messages call them.</param>
    public static SampleData From(IAsyncEnumerable<Sample> samples, string name = "samples in memory")
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, null) { Sequence = samples };
    }

    /// <summary>Samples one by one, all with the same inputs and types.</summary>
    /// <param name="samples">As of the asynchronous sequence.</param>
    /// <param name="name">What messages call them.</param>
    public static SampleData From(IEnumerable<Sample> samples, string name = "samples in memory")
    {
        ArgumentNullException.ThrowIfNull(samples);
        return From(samples.ToAsyncEnumerable(), name);
    }

    /// <summary>Samples that are made of a folder when it is known what the model takes.</summary>
    internal static SampleData Of(
        string path, Func<IReadOnlyList<ModelInput>, (ArrayFile Arrays, IReadOnlyList<ReportWarning> Warnings)> made) =>
        new(path, path) { Made = made };

    /// <summary>The same samples, where an input's or output's batch is not its first axis.</summary>
    /// <param name="tensor">The name of an input or output.</param>
    /// <param name="axis">
    /// The axis, from 0, along which several samples lie, as the second one of many recurrent states; null for an input without
    /// such an axis. The samples' own arrays leave that axis out, or have 1 there, and count samples along their first axis all
    /// the same.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is negative.</exception>
    public SampleData WithBatchAxis(string tensor, int? axis)
    {
        ArgumentException.ThrowIfNullOrEmpty(tensor);
        if (axis < 0)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, "An axis is counted from 0.");
        return With(Feed with { BatchAxes = new Dictionary<string, int?>(Feed.BatchAxes) { [tensor] = axis } });
    }

    /// <summary>The same samples, where a free dimension of the model has one length; the model that is written keeps it free.</summary>
    /// <param name="name">The dimension's name in the model.</param>
    /// <param name="length">Its length. Of a batch: how many samples run at once.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    public SampleData WithDimension(string name, long length)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        return With(Feed with { Dimensions = new Dictionary<string, long>(Feed.Dimensions) { [name] = length } });
    }

    /// <summary>The same samples, where one array of the file feeds the model's one input, or holds the tokens of a decoder.</summary>
    /// <param name="name">The array's name.</param>
    public SampleData WithArray(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(Name, Path) { Sequence = Sequence, Made = Made, Feed = Feed, Array = name };
    }

    /// <summary>Samples in a file or folder.</summary>
    public static implicit operator SampleData(string path) => FromFile(path);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private SampleData With(SampleFeed feed) => new(Name, Path) { Sequence = Sequence, Made = Made, Feed = feed, Array = Array };
}

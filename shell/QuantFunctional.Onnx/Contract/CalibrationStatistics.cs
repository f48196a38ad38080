using QuantFunctional.Documents.Json;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx;

/// <summary>
/// What samples, or a part of them, showed of a float model: all that a quantization takes from them without measuring. Parts merge
/// exactly: any split, any order and any tree of merges give the same bytes as one run.
/// </summary>
public sealed class CalibrationStatistics
{
    internal CalibrationStatistics(StatisticsJson document, string name, IEnumerable<KeyValuePair<DataShard, string>>? files = null)
    {
        (Document, Name) = (document, name);
        Shards = [.. document.Shards.Select(shard => new DataShard(shard.Index, shard.Count))];
        Files = files is null ? [.. Shards.Select(shard => KeyValuePair.Create(shard, name))] : [.. files];
    }

    /// <summary>The file, or what messages call statistics that are in memory.</summary>
    public string Name { get; }

    /// <summary>The SHA-256 of the float model's tensors and operators, in hexadecimal.</summary>
    public string ModelSha256 => Document.Model;

    /// <summary>What tells the samples from others, as <see cref="CalibrationReport.Digest"/> does; null while some are missing.</summary>
    public string? DataSha256 => IsComplete ? SampleDigests.Of(Document.Observed.Digest, SampleCount) : null;

    /// <summary>How many samples were observed.</summary>
    public long SampleCount => Document.Observed.Samples;

    /// <summary>How many samples there are in all, without those that are left out.</summary>
    public long SamplesInAll => Document.Data.Samples - Document.Data.Skipped.Count;

    /// <summary>The parts of the samples that were observed; <see cref="DataShard.Whole"/> where it is all.</summary>
    public IReadOnlyList<DataShard> Shards { get; }

    /// <summary>Whether all samples were observed.</summary>
    public bool IsComplete => Shards is [{ Count: 1 }];

    /// <summary>How many tensors were observed.</summary>
    public int Tensors => Document.Observed.Tensors.Count;

    /// <summary>The version of ONNX Runtime that ran the model.</summary>
    public string OnnxRuntime => Document.OnnxRuntime;

    /// <summary>The kinds of processors on which it ran; float kernels differ by them in the last bits.</summary>
    public IReadOnlyList<string> Processors => Document.Processors;

    /// <summary>What a user should know of how the samples were made; nothing of statistics that are read from files.</summary>
    public IReadOnlyList<ReportWarning> Warnings { get; internal init; } = [];

    /// <summary>The content of the file.</summary>
    internal StatisticsJson Document { get; }

    /// <summary>The file that each part came from.</summary>
    internal IReadOnlyList<KeyValuePair<DataShard, string>> Files { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="QuantException">
    /// The file is missing, damaged or too large, is of another format or version, or contradicts itself.
    /// </exception>
    public static CalibrationStatistics Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        StatisticsCheck.RefuseLarge(path);
        var document = DocumentJson.Read<StatisticsJson>(path, StatisticsJson.FormatName, StatisticsJson.CurrentVersion);
        StatisticsCheck.Require(document, new Place(path));
        return new CalibrationStatistics(document, path);
    }

    /// <summary>Merges parts; they are asked for one by one, so that files can be read on the way.</summary>
    /// <param name="parts">Parts of the statistics of one model on one set of samples, in any order; at least one.</param>
    /// <exception cref="QuantException">
    /// Two parts are of different models, samples, options or versions of ONNX Runtime, or share samples.
    /// </exception>
    /// <exception cref="ArgumentException">There are no parts.</exception>
    public static CalibrationStatistics Merge(IEnumerable<CalibrationStatistics> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        CalibrationStatistics? merged = null;
        foreach (var part in parts)
            merged = merged is null ? part : StatisticsMerge.Of(merged, part);
        return merged ?? throw new ArgumentException("There are no statistics.", nameof(parts));
    }

    /// <summary>Writes a file: UTF-8, the same bytes for the same statistics.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <exception cref="QuantException">It cannot be written there; nothing was written then.</exception>
    public void Save(string path, bool overwrite = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => DocumentJson.Write(stream, Document), overwrite);
    }

    /// <summary>The name, and how much of the samples it is of.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name}: {SampleCount} of {SamplesInAll} samples, {Tensors} tensors");
}

using System.Globalization;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The samples of files or of a sequence, matched with the inputs of a model, run by run.</summary>
/// <remarks>
/// An array feeds the input of its name; a model with one input also takes the only array besides the labels, or all
/// .npy files of a folder, one after the other in the ordinal order of their names. Files are streamed: memory holds
/// one run, which is one sample, or as many as the model takes at once.
/// </remarks>
internal sealed class SampleSource : IDisposable
{
    /// <summary>The array that holds labels unless another is named.</summary>
    public const string UsualLabels = "labels";

    private readonly IReadOnlySet<long> _skipped;
    private readonly IReadOnlyDictionary<string, int?> _axes;
    private readonly Func<long, bool> _isGiven;
    private readonly long[] _indices;
    private readonly long[] _places;
    private long _place;
    private int _together;
    private SampleDigest? _digest;

    private SampleSource(
        SampleArrays arrays, IReadOnlyList<InputBuffer> inputs, int batch, IReadOnlySet<long> skipped, Func<long, bool> isGiven)
    {
        Name = arrays.Name;
        Inputs = inputs;
        Batch = batch;
        All = inputs[0].Count;
        _axes = arrays.Feed.BatchAxes;
        (_skipped, _isGiven) = (skipped, isGiven);
        (_indices, _places, _together) = (new long[batch], new long[batch], batch);
        for (var sample = 0L; sample < All; sample++)
            Count += !skipped.Contains(sample) && isGiven(sample) ? 1 : 0;
    }

    /// <summary>The path of the samples as it was given, or what the caller calls them.</summary>
    public string Name { get; }

    /// <summary>The model's inputs, in its order; each holds the samples of the run at hand.</summary>
    public IReadOnlyList<InputBuffer> Inputs { get; }

    /// <summary>How many samples a run takes at once.</summary>
    public int Batch { get; }

    /// <summary>Samples in all.</summary>
    public long All { get; }

    /// <summary>Samples in all, without those that are left out.</summary>
    public long Used => All - _skipped.Count;

    /// <summary>Those of them that are given: all, or the ones of a part.</summary>
    public long Count { get; }

    /// <summary>The indices of those that are left out.</summary>
    public IEnumerable<long> Skipped => _skipped.Order();

    /// <summary>Runs in all.</summary>
    public long RunCount => (Count + Batch - 1) / Batch;

    /// <summary>How far the samples are read; the one that was read last has the index below it.</summary>
    public long Position { get; private set; }

    /// <summary>How many samples the run at hand holds; what it holds beside them only fills it up.</summary>
    public int Filled { get; private set; }

    /// <summary>How many rows of a result are of samples of the run at hand; those of what fills it up lie behind them.</summary>
    public int CountedRows(int rows) => rows % Batch == 0 ? rows / Batch * Filled : rows;

    /// <summary>Samples given so far.</summary>
    public long Taken { get; private set; }

    /// <summary>Runs given so far.</summary>
    public long Runs { get; private set; }

    /// <summary>The samples of the run at hand in words, such as "sample 3".</summary>
    public string Which => Filled > 1
        ? FormattableString.Invariant($"samples {_indices[0]} to {_indices[Filled - 1]}")
        : FormattableString.Invariant($"sample {_indices[0]}");

    /// <summary>The indices of the samples of the run at hand, as <c>--skip-sample</c> takes them.</summary>
    public string Indices => string.Join(' ', _indices.Take(Filled).Select(index => index.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Opens the samples before the first one. To read them again, open them again.</summary>
    /// <param name="arrays">The arrays that they lie in.</param>
    /// <param name="model">The model that will be fed.</param>
    /// <param name="labels">An array of labels beside the usual one; neither feeds an input.</param>
    /// <param name="skipped">Indices, from 0, of samples that are left out; none where null.</param>
    /// <param name="shard">The part of the samples that is given; all where null.</param>
    /// <param name="holds">Which of those are given, by index and by how many there are in all; all where null.</param>
    /// <exception cref="QuantException">
    /// The file is missing or damaged; which array is meant is not clear; shape, type or number of samples do not fit;
    /// a sample that is to be left out is not there, or none is left.
    /// </exception>
    public static SampleSource Open(
        SampleArrays arrays, OnnxModel model, string labels = UsualLabels, IReadOnlySet<long>? skipped = null, DataShard? shard = null,
        Func<long, long, bool>? holds = null)
    {
        var file = arrays.Open(model);
        var inputs = FedModel.Inputs(model, arrays.Feed);
        var parts = SamplePart.All(file, model, inputs, [UsualLabels, labels]);
        var layout = SampleLayout.Of(parts, inputs, model, mayBeOneSample: file.IsFolder);
        var buffers = new List<InputBuffer>();
        try
        {
            foreach (var (input, pieces) in inputs.Zip(layout.Pieces))
                buffers.Add(InputBuffer.Create(input, new SampleSequence(pieces), layout.Batch, model));
            CheckSkipped(arrays.Name, buffers[0].Count, skipped);
            var (all, part) = (buffers[0].Count, shard ?? DataShard.Whole);
            return new SampleSource(
                arrays, buffers, layout.Batch, skipped ?? new HashSet<long>(), sample => part.Holds(sample) && (holds is null || holds(sample, all)));
        }
        catch
        {
            buffers.ForEach(buffer => buffer.Dispose());
            throw;
        }
    }

    /// <summary>Reads the samples of the next run into the inputs' tensors; false after the last one.</summary>
    /// <exception cref="QuantException">The file is damaged, or a sample holds NaN or an infinity.</exception>
    public bool MoveNext() => MoveNext(isRead: true);

    /// <summary>Passes over the next run, whose samples are not looked at; false after the last one.</summary>
    public bool SkipRun() => MoveNext(isRead: false);

    /// <summary>The index, from 0, of a sample of the run at hand; of what fills it up, the sample that it repeats.</summary>
    public long Index(int slot) => _indices[slot % Filled];

    /// <summary>Whether a sample of the run at hand is one of the first half.</summary>
    public bool IsFirstHalf(int slot) => 2 * (_places[slot % Filled] + 1) <= Used;

    /// <summary>From now on, each run holds one sample, which fills all of it.</summary>
    public void TakeOneByOne() => _together = 1;

    /// <summary>From now on, what is read of each input is added to a digest.</summary>
    public void BeginDigest()
    {
        _digest = new SampleDigest();
        foreach (var input in Inputs)
            input.BeginDigest();
    }

    /// <summary>The sum of the digests of the samples that were read.</summary>
    public string DigestSum => _digest!.Sum;

    /// <summary>What tells the samples that were read from others, as <see cref="CalibrationReport.Digest"/> does.</summary>
    public string Digest() => SampleDigests.Of(DigestSum, Taken);

    /// <summary>What one sample of the run has of an output; all of it where no axis holds the samples.</summary>
    public (T[] Values, long[] Dims) Part<T>(string output, T[] values, long[] dims, int slot)
    {
        var axis = _axes.TryGetValue(output, out var told) ? told : 0;
        if (Batch == 1 || axis is not { } at || at >= dims.Length || dims[at] == 0 || dims[at] % Batch != 0)
            return (values, dims);
        var own = dims.ToArray();
        own[at] /= Batch;
        var run = (int)(own[at] * Shapes.Behind(dims, at));
        var part = new T[values.Length / Batch];
        for (var outer = 0; outer < part.Length / Math.Max(1, run); outer++)
            values.AsSpan(((outer * Batch) + slot) * run, run).CopyTo(part.AsSpan(outer * run));
        return (part, own);
    }

    /// <summary>The run at hand, as real numbers, by input.</summary>
    public Dictionary<string, RealArray<float>> Reals() => Inputs.ToDictionary(
        input => input.Name,
        input =>
        {
            var (values, dims) = OutputValues.Read(input.Tensor);
            return new RealArray<float>(Array.ConvertAll(values, value => (float)value), [.. dims.Select(size => (int)size)]);
        });

    /// <summary>Frees the tensors and closes the files.</summary>
    public void Dispose()
    {
        foreach (var input in Inputs)
            input.Dispose();
    }

    private bool MoveNext(bool isRead)
    {
        Filled = 0;
        while (Filled < _together && Position < All)
        {
            var isUsed = !_skipped.Contains(Position);
            var isGiven = isUsed && _isGiven(Position);
            foreach (var input in Inputs)
            {
                if (isRead && isGiven)
                    input.Read(Filled);
                else
                    input.Skip();
            }

            if (isGiven)
            {
                if (isRead)
                    _digest?.Add(_place, Inputs, Filled);
                (_indices[Filled], _places[Filled]) = (Position, _place);
                Filled++;
            }

            _place += isUsed ? 1 : 0;
            Position++;
        }

        if (Filled == 0)
            return false;
        if (isRead)
        {
            foreach (var input in Inputs)
                input.Complete(Filled);
        }

        Taken += Filled;
        Runs++;
        return true;
    }

    private static void CheckSkipped(string name, long count, IReadOnlySet<long>? skipped)
    {
        if (skipped is null)
            return;
        if (skipped.Where(index => index < 0 || index >= count).Order().ToList() is [var first, ..])
        {
            throw Diagnostics.SkippedSampleMissing.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{name}: --skip-sample {first}: there are {count} samples, of which the first is 0."),
                file: name);
        }

        if (skipped.Count == count)
            throw Diagnostics.EverySampleSkipped.Fault($"{name}: --skip-sample leaves no sample.", file: name);
    }
}

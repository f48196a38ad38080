using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Samples;

/// <summary>
/// Samples that a caller gave one by one, in temporary files: calibration, correction and check each read them from the start,
/// and memory need not hold them.
/// </summary>
internal sealed class SpooledSamples : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("quantfn-samples-");
    private readonly List<Stretch> _stretches = [];
    private readonly Dictionary<string, string> _files = [];
    private readonly string _name;

    private SpooledSamples(string name) => _name = name;

    // samples of the same shapes one after the other, and where each input's begin in its file
    private sealed record Stretch(IReadOnlyDictionary<string, SampleTensor> Like, IReadOnlyDictionary<string, long> Begin)
    {
        internal long Samples { get; set; }
    }

    /// <summary>Takes all samples of a sequence.</summary>
    /// <exception cref="QuantException">Two samples do not fit each other, or there are none, or no file can be written.</exception>
    internal static async Task<SpooledSamples> OfAsync(IAsyncEnumerable<Sample> samples, string name, CancellationToken cancel)
    {
        var spooled = new SpooledSamples(name);
        try
        {
            await spooled.TakeAsync(samples, cancel).ConfigureAwait(false);
            return spooled;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            spooled.Dispose();
            throw Diagnostics.SamplesNotKept.Fault(
                $"{name}: cannot be kept in a temporary file ({fault.Message.TrimEnd('.')}).",
                file: name, inner: fault);
        }
        catch
        {
            spooled.Dispose();
            throw;
        }
    }

    /// <summary>The samples as arrays, one for each input, and one of labels where they have labels.</summary>
    internal ArrayFile Open() => _stretches is [var only] ? Open(only) : ArrayFile.Of(_name, [.. _stretches.Select(Open)]);

    private ArrayFile Open(Stretch stretch) => ArrayFile.Of(_name, stretch.Like.Select(like => (like.Key, (Func<SampleReader>)(() =>
    {
        var stream = new FileStream(_files[like.Key], FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        stream.Position = stretch.Begin[like.Key];
        return SampleReader.Raw(stream, new ArrayInfo(_name, like.Key, like.Value.Type, [stretch.Samples, .. like.Value.Shape]));
    }))));

    /// <summary>Removes the files.</summary>
    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // what is left of a temporary folder is no reason to lose the result
        }
    }

    private async Task TakeAsync(IAsyncEnumerable<Sample> samples, CancellationToken cancel)
    {
        var files = new Dictionary<string, FileStream>();
        var count = 0L;
        try
        {
            await foreach (var sample in samples.WithCancellation(cancel).ConfigureAwait(false))
            {
                var tensors = Tensors(sample);
                Demand(_stretches.Count == 0 ? tensors : _stretches[0].Like, tensors, count++);
                if (_stretches.Count == 0 || tensors.Any(tensor => !tensor.Value.Shape.SequenceEqual(_stretches[^1].Like[tensor.Key].Shape)))
                    _stretches.Add(new Stretch(tensors, tensors.Keys.ToDictionary(input => input, input => files.GetValueOrDefault(input)?.Position ?? 0)));
                _stretches[^1].Samples++;
                foreach (var (input, tensor) in tensors)
                {
                    if (!files.TryGetValue(input, out var file))
                    {
                        _files[input] = Path.Combine(_folder.FullName, FormattableString.Invariant($"{files.Count}"));
                        files[input] = file = File.Create(_files[input]);
                    }

                    await file.WriteAsync(tensor.Bytes, cancel).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            foreach (var file in files.Values)
                await file.DisposeAsync().ConfigureAwait(false);
        }

        if (count == 0)
            throw Diagnostics.NoSamples.Fault($"{_name}: there are no samples; at least one is needed.", file: _name);
    }

    private static Dictionary<string, SampleTensor> Tensors(Sample sample)
    {
        var tensors = new Dictionary<string, SampleTensor>(sample.Inputs);
        if (sample.Label is { } label)
            tensors[SampleSource.UsualLabels] = new SampleTensor(ElementType.Int64, [], BitConverter.GetBytes(label));
        return tensors;
    }

    private void Demand(
        IReadOnlyDictionary<string, SampleTensor> first, IReadOnlyDictionary<string, SampleTensor> tensors, long index)
    {
        if (tensors.Count == 0)
            throw Unlike(index, "holds no tensor; add one for each input of the model");
        if (tensors.Keys.Except(first.Keys).Concat(first.Keys.Except(tensors.Keys)).FirstOrDefault() is { } input)
            throw Unlike(index, $"and sample 0 do not both have `{input}`; every sample needs the same inputs");
        foreach (var (name, tensor) in tensors)
        {
            var other = first[name];
            if (tensor.Type != other.Type || tensor.Shape.Count != other.Shape.Count)
            {
                throw Unlike(index, $"has `{name}` as {tensor.Type.Name()} {Shapes.Text(tensor.Shape)}, but sample 0 as "
                    + $"{other.Type.Name()} {Shapes.Text(other.Shape)}; all samples must have the same type and number of axes");
            }
        }
    }

    private QuantException Unlike(long index, string problem) =>
        Diagnostics.SamplesUnlike.Fault(FormattableString.Invariant($"{_name}: sample {index} {problem}."), file: _name);
}

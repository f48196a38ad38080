using System.Globalization;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>The samples of a .npz, a .npy or a folder of .npy files, matched with the inputs of a model.</summary>
/// <remarks>
/// An array feeds the input of its name; a model with one input also takes the only array besides the labels, or all
/// .npy files of a folder, one after the other in the ordinal order of their names. Files are streamed: memory holds
/// one sample.
/// </remarks>
internal sealed class SampleSource : IDisposable
{
    /// <summary>The array that holds labels unless another is named.</summary>
    public const string UsualLabels = "labels";

    private readonly IReadOnlySet<long> _skipped;

    private SampleSource(string name, IReadOnlyList<InputBuffer> inputs, IReadOnlySet<long> skipped)
    {
        Name = name;
        Inputs = inputs;
        _skipped = skipped;
    }

    /// <summary>The path of the samples as it was given, or what the caller calls them.</summary>
    public string Name { get; }

    /// <summary>The model's inputs, in its order; each holds the sample that was read last.</summary>
    public IReadOnlyList<InputBuffer> Inputs { get; }

    /// <summary>Samples in all, without those that are left out.</summary>
    public long Count => Inputs[0].Count - _skipped.Count;

    /// <summary>How far the file is read; the sample that was read last has the index below it.</summary>
    public long Position { get; private set; }

    /// <summary>Samples given so far.</summary>
    public long Taken { get; private set; }

    /// <summary>Opens the samples before the first one. To read them again, open them again.</summary>
    /// <param name="arrays">The arrays that they lie in.</param>
    /// <param name="model">The model that will be fed.</param>
    /// <param name="labels">An array of labels beside the usual one; neither feeds an input.</param>
    /// <param name="skipped">Indices, from 0, of samples that are left out; none where null.</param>
    /// <exception cref="QuantException">
    /// The file is missing or damaged; which array is meant is not clear; shape, type or number of samples do not fit;
    /// a sample that is to be left out is not there, or none is left.
    /// </exception>
    public static SampleSource Open(
        SampleArrays arrays, OnnxModel model, string labels = UsualLabels, IReadOnlySet<long>? skipped = null)
    {
        var file = arrays.Open();
        var inputs = ModelInput.All(model);
        var chosen = ArrayChoice.Choose(file, model, inputs, [UsualLabels, labels]);
        var buffers = new List<InputBuffer>();
        try
        {
            foreach (var (input, names) in inputs.Zip(chosen))
                buffers.Add(InputBuffer.Create(input, new SampleSequence(file, names, input, model), model));
            if (buffers.Find(buffer => buffer.Count != buffers[0].Count) is { } other)
            {
                throw Diagnostics.SampleCountsDiffer.Fault(string.Create(CultureInfo.InvariantCulture,
                    $"{arrays.Name}: input `{other.Name}` has {other.Count} samples, but `{buffers[0].Name}` "
                    + $"{buffers[0].Count}; every input needs the same number."),
                    file: arrays.Name, node: other.Name);
            }

            CheckSkipped(arrays.Name, buffers[0].Count, skipped);
            return new SampleSource(arrays.Name, buffers, skipped ?? new HashSet<long>());
        }
        catch
        {
            buffers.ForEach(buffer => buffer.Dispose());
            throw;
        }
    }

    /// <summary>Reads the next sample into the inputs' tensors; false after the last one.</summary>
    /// <exception cref="QuantException">The file is damaged, or the sample holds NaN or an infinity.</exception>
    public bool MoveNext()
    {
        do
        {
            foreach (var input in Inputs)
            {
                if (!input.MoveNext())
                    return false;
            }
        }
        while (_skipped.Contains(Position++));

        Taken++;
        return true;
    }

    /// <summary>The sample that was read last, as real numbers, by input.</summary>
    public Dictionary<string, RealArray<float>> Reals() => Inputs.ToDictionary(
        input => input.Name,
        input => new RealArray<float>(
            OutputValues.Read(input.Tensor).Values.Select(value => (float)value).ToArray(),
            [.. input.Dims.Select(size => (int)size)]));

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

    /// <summary>Frees the tensors and closes the files.</summary>
    public void Dispose()
    {
        foreach (var input in Inputs)
            input.Dispose();
    }
}

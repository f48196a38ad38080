using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>The second moments of what each weight of a layer is multiplied with, for each of its groups.</summary>
/// <remarks>
/// Of very many rows some are taken, by their number in the order of the samples: those whose multiple of the golden ratio lies below
/// a share, so that they are spread evenly over samples and places.
/// </remarks>
internal sealed class LayerMoments
{
    private const long MostBytes = 512 << 20;
    private const uint GoldenRatio = 2654435769; // of 2^32
    private const int RowsTogether = 16;

    private readonly LayerInput _input;
    private readonly int _channels;
    private readonly long _mostRows;
    private InputMoments[]? _groups;
    private float[][]? _rows;
    private int _held;
    private ulong? _share;
    private uint _seen;

    /// <summary>Nothing seen yet.</summary>
    /// <param name="input">What the layer reads.</param>
    /// <param name="channels">How many input channels a group has.</param>
    /// <param name="groups">How many groups there are.</param>
    /// <param name="mostRows">About how many rows are taken of more.</param>
    internal LayerMoments(LayerInput input, int channels, int groups = 1, long mostRows = long.MaxValue) =>
        (_input, _channels, GroupCount, _mostRows) = (input, channels, groups, mostRows);

    /// <summary>What the layer is called: its first output.</summary>
    internal string Layer => _input.Layer;

    /// <summary>The tensor that it reads.</summary>
    internal string Tensor => _input.Tensor;

    /// <summary>How many groups there are.</summary>
    internal int GroupCount { get; }

    /// <summary>What was seen of each group.</summary>
    internal IReadOnlyList<InputMoments> Groups =>
        _groups ??= [.. Enumerable.Range(0, GroupCount).Select(_ => new InputMoments(Inputs))];

    private int Inputs => _input.Kernel.Aggregate(_channels, (product, size) => product * size);

    /// <summary>The first of some layers: as many as fit into the memory that is taken at once, but one at least.</summary>
    internal static IEnumerable<LayerMoments> Fitting(IEnumerable<LayerMoments> layers)
    {
        var bytes = 0L;
        var isFirst = true;
        foreach (var layer in layers)
        {
            bytes += layer.GroupCount * InputMoments.Bytes(layer.Inputs);
            if (!isFirst && bytes > MostBytes)
                yield break;
            isFirst = false;
            yield return layer;
        }
    }

    /// <summary>Adds what the layer reads in a run.</summary>
    internal void Add(OrtValue value, SampleSource samples)
    {
        var values = value.GetTensorDataAsSpan<float>();
        if (_input.Kernel.Count == 0)
            AddRows(values, samples);
        else
            AddPatches(values, value.GetTensorTypeAndShape().Shape, samples);
        Flush();
    }

    private void AddRows(ReadOnlySpan<float> values, SampleSource samples)
    {
        var rows = samples.CountedRows(values.Length / _channels);
        for (var row = 0; row < rows; row++)
        {
            if (!Takes(rows, samples))
                continue;
            values.Slice(row * _channels, _channels).CopyTo(Row(0));
            Next();
        }
    }

    private void AddPatches(ReadOnlySpan<float> values, long[] dims, SampleSource samples)
    {
        var patches = new PatchRows(_input, _channels, dims);
        var size = patches.SampleSize(GroupCount);
        var count = samples.CountedRows((int)dims[0]);
        for (var sample = 0; sample < count; sample++)
        {
            for (var place = 0; place < patches.Places; place++)
            {
                if (!Takes(count * patches.Places, samples))
                    continue;
                for (var group = 0; group < GroupCount; group++)
                    patches.Fill(values.Slice(sample * size, size), place, group, Row(group));
                Next();
            }
        }
    }

    private Span<float> Row(int group)
    {
        _rows ??= [.. Enumerable.Range(0, GroupCount).Select(_ => new float[RowsTogether * Inputs])];
        return _rows[group].AsSpan(_held * Inputs, Inputs);
    }

    private void Next()
    {
        if (++_held == RowsTogether)
            Flush();
    }

    private void Flush()
    {
        for (var group = 0; _held > 0 && group < GroupCount; group++)
            Groups[group].Add(_rows![group].AsSpan(0, _held * Inputs));
        _held = 0;
    }

    /// <summary>Whether the next row is taken, of about so many in each run.</summary>
    private bool Takes(long rowsOfRun, SampleSource samples)
    {
        _share ??= Share(rowsOfRun * samples.RunCount);
        return unchecked(_seen++ * GoldenRatio) < _share;
    }

    private ulong Share(long rows) => rows <= _mostRows ? 1UL << 32 : (ulong)(((UInt128)_mostRows << 32) / (UInt128)rows);
}

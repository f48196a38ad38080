using System.Numerics;
using System.Runtime.InteropServices;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Execution;

/// <summary>One array of all samples, put together from one for each; or one for each, where their shapes differ.</summary>
internal sealed class GatheredSamples<T>(string name)
    where T : unmanaged, INumber<T>
{
    private readonly List<T> _values = [];
    private readonly List<long[]> _shapes = [];

    internal string Name { get; } = name;

    /// <summary>Whether all samples have the same shape.</summary>
    internal bool IsOneArray => _shapes.TrueForAll(shape => shape.SequenceEqual(_shapes[0]));

    /// <summary>Adds what a run gave for each of its samples.</summary>
    internal void Add(T[] values, IReadOnlyList<int> sizes, SampleSource samples)
    {
        if ((long)_values.Count + values.Length > Array.MaxLength)
        {
            throw Diagnostics.OutputTooLarge.Fault(
                $"`{Name}` has more than {Array.MaxLength} elements in all; give fewer samples.",
                node: Name);
        }

        for (var slot = 0; slot < samples.Filled; slot++)
        {
            var (own, dims) = samples.Part(Name, values, [.. sizes.Select(size => (long)size)], slot);
            _values.AddRange(own);
            // a batch of 1 gives its axis to the samples
            _shapes.Add(dims is [1, ..] ? dims[1..] : dims);
        }
    }

    internal ExecutedOutput Report() => new(
        Name,
        IsOneArray ? [_shapes.Count, .. _shapes[0]] : [_shapes.Count, .. Common()],
        _values.Count == 0 ? 0 : double.CreateTruncating(_values.Min()),
        _values.Count == 0 ? 0 : double.CreateTruncating(_values.Max()));

    /// <summary>The array by its name, or one array for each sample, with its index behind the name.</summary>
    internal IEnumerable<(string Name, Action<Stream> Write)> Arrays()
    {
        if (IsOneArray)
            return [(Name, stream => NpyWriter.Write<T>(stream, _values.ToArray(), [_shapes.Count, .. _shapes[0]]))];
        var arrays = new List<(string, Action<Stream>)>();
        var begin = 0;
        for (var i = 0; i < _shapes.Count; i++)
        {
            var (shape, from) = (_shapes[i], begin);
            begin += (int)shape.Aggregate(1L, (product, length) => product * length);
            var to = begin;
            arrays.Add((FormattableString.Invariant($"{Name}.{i}"), stream => NpyWriter.Write<T>(stream, CollectionsMarshal.AsSpan(_values)[from..to], shape)));
        }

        return arrays;
    }

    // -1 where the samples differ
    private long[] Common() => _shapes.Exists(shape => shape.Length != _shapes[0].Length)
        ? [-1]
        : [.. _shapes[0].Select((length, axis) => _shapes.TrueForAll(shape => shape[axis] == length) ? length : -1)];
}

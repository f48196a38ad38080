using System.Numerics;
using System.Numerics.Tensors;
using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Execution;

/// <summary>One array of all samples, put together from one array for each.</summary>
internal sealed class GatheredSamples<T>(string name)
    where T : unmanaged, INumber<T>
{
    private readonly List<T> _values = [];
    private IReadOnlyList<int> _sizes = [];
    private long _samples;

    internal string Name { get; } = name;

    internal void Add(ReadOnlySpan<T> values, IReadOnlyList<int> sizes)
    {
        if ((long)_values.Count + values.Length > Array.MaxLength)
        {
            throw Diagnostics.OutputTooLarge.Fault(
                $"`{Name}` has more than {Array.MaxLength} elements in all; give fewer samples.",
                node: Name);
        }

        _values.AddRange(values);
        // a batch of 1 gives its axis to the samples
        _sizes = sizes.Count > 0 && sizes[0] == 1 ? [.. sizes.Skip(1)] : sizes;
        _samples++;
    }

    internal ExecutedOutput Report() => new(
        Name,
        Sizes,
        _values.Count == 0 ? 0 : double.CreateTruncating(_values.Min()),
        _values.Count == 0 ? 0 : double.CreateTruncating(_values.Max()));

    internal void Write(Stream stream) => NpyWriter.Write<T>(stream, _values.ToArray(), Sizes);

    private long[] Sizes => [_samples, .. _sizes.Select(size => (long)size)];
}

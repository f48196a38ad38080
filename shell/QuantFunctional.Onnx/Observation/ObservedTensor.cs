using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>One observed tensor: the memory that ONNX Runtime writes it to, and what values it took so far.</summary>
internal class ObservedTensor : IDisposable
{
    private const int Alignment = 64; // a cache line, and the widest vector
    private readonly string _output;
    private readonly Memory<float> _memory;
    private readonly OrtValue? _value;
    private readonly long[]? _dims;

    /// <summary>A tensor of the model.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="output">The session's output that holds its values.</param>
    /// <param name="dims">The output's dimensions; null where they are known only after a run.</param>
    public ObservedTensor(string name, string output, long[]? dims)
    {
        Name = name;
        (_output, _dims) = (output, dims);
        if (dims is null)
            return;
        _memory = Aligned(checked((int)dims.Aggregate(1L, (product, dim) => product * dim)));
        _value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _memory, dims);
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>What values it took so far.</summary>
    public RangeHistory History { get; } = new();

    /// <summary>Whether ONNX Runtime allocates the tensor anew in every run.</summary>
    public bool IsAllocatedByRun => _value is null;

    /// <summary>Whether so many samples are known to share the first axis evenly.</summary>
    public bool IsSharedBy(int samples) => _dims is [var first, ..] && first % samples == 0;

    /// <summary>Makes the tensor an output of the binding.</summary>
    public void Bind(OrtIoBinding binding)
    {
        if (_value is null)
            binding.BindOutputToDevice(_output, OrtMemoryInfo.DefaultInstance);
        else
            binding.BindOutput(_output, _value);
    }

    /// <summary>Adds the values that the last run wrote; false when one is NaN.</summary>
    public bool TryAdd(SampleSource samples) => TryAddRun(_memory.Span, _dims!, samples);

    /// <summary>Adds the values of a run that ONNX Runtime allocated; false when one is NaN.</summary>
    public bool TryAdd(OrtValue values, SampleSource samples) =>
        TryAddRun(values.GetTensorDataAsSpan<float>(), values.GetTensorTypeAndShape().Shape, samples);

    /// <summary>Adds the values of a run, sample by sample where they can be told apart; false when one is NaN.</summary>
    /// <remarks>
    /// Samples lie one after the other where <see cref="SamplesApart"/> says so; else a run holds one sample alone, again and again:
    /// what fills it up is looked at too, and only not counted.
    /// </remarks>
    protected virtual bool TryAddRun(ReadOnlySpan<float> values, IReadOnlyList<long> dims, SampleSource samples)
    {
        History.CountsValues = CountedSamples.Holds(samples, 0);
        if (samples.Batch == 1 || values.Length % samples.Batch != 0)
            return TryAdd(values, samples.Index(0), samples.IsFirstHalf(0));
        var length = values.Length / samples.Batch;
        var areNumbers = true;
        for (var slot = 0; slot < samples.Batch; slot++)
        {
            History.CountsSamples = slot < samples.Filled;
            History.CountsValues = History.CountsSamples && CountedSamples.Holds(samples, slot);
            areNumbers &= TryAdd(values.Slice(slot * length, length), samples.Index(slot), samples.IsFirstHalf(slot));
        }

        (History.CountsSamples, History.CountsValues) = (true, true);
        return areNumbers;
    }

    /// <summary>Adds one sample's values; false when one is NaN.</summary>
    public virtual bool TryAdd(ReadOnlySpan<float> values, long sample, bool isFirstHalf)
    {
        var someNaN = false;
        var areFinite = ObservedRange.TryOf(values, out var range);
        if (!areFinite)
        {
            range = ObservedRange.OfFinite(values, out someNaN);
            History.AddInfinities(values.Contains(float.PositiveInfinity), values.Contains(float.NegativeInfinity), sample);
        }

        History.Add(range, sample, isFirstHalf);
        if (History.CountsValues)
            History.Values.Add(values, range, areFinite);
        return !someNaN;
    }

    /// <summary>Frees the tensor.</summary>
    public void Dispose() => _value?.Dispose();

    private static Memory<float> Aligned(int count)
    {
        var array = GC.AllocateArray<float>(count + Alignment / sizeof(float), pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        var skip = (int)((Alignment - address % Alignment) % Alignment) / sizeof(float);
        return array.AsMemory(skip, count);
    }
}

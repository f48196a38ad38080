using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace QuantFunctional.Onnx.Observation;

/// <summary>One observed tensor: the memory that ONNX Runtime writes it to, and its range so far.</summary>
internal sealed class ObservedTensor : IDisposable
{
    private const int Alignment = 64; // a cache line, and the widest vector
    private readonly string _output;
    private readonly Memory<float> _memory;
    private readonly OrtValue? _value;

    /// <summary>A tensor of the model.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="output">The session's output that holds its values.</param>
    /// <param name="dims">The output's dimensions; null where they are known only after a run.</param>
    public ObservedTensor(string name, string output, long[]? dims)
    {
        Name = name;
        _output = output;
        if (dims is null)
            return;
        _memory = Aligned(checked((int)dims.Aggregate(1L, (product, dim) => product * dim)));
        _value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _memory, dims);
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>Smallest and largest value of all samples so far.</summary>
    public ObservedRange Range { get; private set; } = ObservedRange.Empty;

    /// <summary>Whether ONNX Runtime allocates the tensor anew in every run.</summary>
    public bool IsAllocatedByRun => _value is null;

    /// <summary>Makes the tensor an output of the binding.</summary>
    public void Bind(OrtIoBinding binding)
    {
        if (_value is null)
            binding.BindOutputToDevice(_output, OrtMemoryInfo.DefaultInstance);
        else
            binding.BindOutput(_output, _value);
    }

    /// <summary>Joins the values that the last run wrote; false when one is NaN or infinite.</summary>
    public bool TryJoin() => TryJoin(_memory.Span);

    /// <summary>Joins values; false when one is NaN or infinite.</summary>
    public bool TryJoin(ReadOnlySpan<float> values)
    {
        var finite = ObservedRange.TryOf(values, out var range);
        Range = Range.Join(range);
        return finite;
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

using System.Runtime.InteropServices;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Judging;

/// <summary>The weights of a layer: held, or read again from the file that they are in, so that a large model need not be in memory.</summary>
internal sealed class HeldWeights
{
    private readonly TensorProto? _file;
    private readonly float[]? _held;
    private readonly WeakReference<float[]?> _read = new(null);

    /// <param name="tensor">The initializer that they were read from.</param>
    /// <param name="values">The weights, which need not be the initializer's own.</param>
    internal HeldWeights(TensorProto tensor, float[] values)
    {
        if (!IsOf(tensor, values))
        {
            _held = values;
            return;
        }

        _file = tensor;
        _read.SetTarget(values);
    }

    /// <summary>All of them.</summary>
    internal float[] Get()
    {
        if (_held is not null)
            return _held;
        if (_read.TryGetTarget(out var values))
            return values;
        values = TensorData.Floats(_file!);
        _read.SetTarget(values);
        return values;
    }

    private static bool IsOf(TensorProto tensor, float[] values) =>
        FileBytes.Are(tensor.RawData) && TensorData.Type(tensor) switch
        {
            TensorProto.Types.DataType.Float => MemoryMarshal.AsBytes(values.AsSpan()).SequenceEqual(tensor.RawData.Span),
            TensorProto.Types.DataType.Float16 =>
                MemoryMarshal.AsBytes(values.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(TensorData.Floats(tensor).AsSpan())),
            _ => false,
        };
}

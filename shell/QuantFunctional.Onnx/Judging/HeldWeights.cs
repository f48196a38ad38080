using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Judging;

/// <summary>The weights of a layer: held, or read again from the file that they are in, so that a large model need not be in memory.</summary>
internal sealed class HeldWeights
{
    private readonly TensorProto? _file;
    private readonly float[]? _held;
    private readonly WeakReference<float[]?> _read = new(null);

    /// <param name="tensor">The initializer that holds them.</param>
    internal HeldWeights(TensorProto tensor)
    {
        if (FileBytes.Are(tensor.RawData))
            _file = tensor;
        else
            _held = TensorData.Floats(tensor);
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
}

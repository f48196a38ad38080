using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Range and mean of what the samples feed to one input.</summary>
internal sealed class InputStatistics(string input)
{
    private ObservedRange _range = ObservedRange.Empty;
    private double _sum;
    private long _count;

    /// <summary>What was fed so far.</summary>
    public InputObservation Result => new(input, _range, _count == 0 ? 0 : _sum / _count);

    /// <summary>Adds one sample. The elements are added in their order, so that the sum is the same everywhere.</summary>
    public void Add(OrtValue tensor)
    {
        if (tensor.GetTensorTypeAndShape().ElementDataType != TensorElementType.Float)
        {
            var values = OutputValues.Read(tensor).Values;
            _range = _range.Join(new ObservedRange((float)values.Min(), (float)values.Max()));
            _sum += values.Sum();
            _count += values.Length;
            return;
        }

        var floats = tensor.GetTensorDataAsSpan<float>();
        ObservedRange.TryOf(floats, out var range);
        _range = _range.Join(range);
        foreach (var value in floats)
            _sum += value;
        _count += floats.Length;
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Range and mean of what the samples feed to one input.</summary>
internal sealed class InputStatistics(string input)
{
    private ObservedRange _range = ObservedRange.Empty;
    private double _sum;
    private long _count;
    private bool _mayBePixels = true;
    private bool _someGrey;
    private bool _isGivenOnce;

    /// <summary>What was fed so far.</summary>
    public InputObservation Result => new(input, _range, _count == 0 ? 0 : _sum / _count, _count > 0 && _mayBePixels && _someGrey, _isGivenOnce);

    /// <summary>Adds one sample. The elements are added in their order, so that the sum is the same everywhere.</summary>
    public void Add(InputBuffer read, int slot)
    {
        _isGivenOnce = read.IsGivenOnce;
        if (read.Input.Type != TensorProto.Types.DataType.Float)
        {
            var values = read.Reals(slot);
            _mayBePixels = false;
            _range = _range.Join(new ObservedRange((float)values.Min(), (float)values.Max()));
            _sum += values.Sum();
            _count += values.Length;
            return;
        }

        var floats = read.Floats(slot);
        ObservedRange.TryOf(floats, out var range);
        _range = _range.Join(range);
        foreach (var value in floats)
            _sum += value;
        for (var i = 0; i < floats.Length && _mayBePixels; i++)
            AddPixel(floats[i]);
        _count += floats.Length;
    }

    private void AddPixel(float value)
    {
        var level = value * 255.0;
        _mayBePixels = level is >= 0 and <= 255.001 && Math.Abs(level - Math.Round(level)) < 1e-3;
        _someGrey |= level is > 0.5 and < 254.5;
    }
}

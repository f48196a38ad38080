using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Range and mean of what the samples feed to one input.</summary>
internal sealed class InputStatistics(string input, bool isGivenOnce)
{
    private readonly ExactSums _sum = new(1);
    private ObservedRange _range = ObservedRange.Empty;
    private long _count;
    private bool _mayBePixels = true;
    private bool _someGrey;

    /// <summary>What was fed so far.</summary>
    public InputJson Seen => new(input, isGivenOnce, _count, _sum.Sums, _mayBePixels, _mayBePixels && _someGrey, _range.ToJson());

    /// <summary>What statistics say of an input.</summary>
    public static InputObservation Observation(InputJson seen) => new(
        seen.Name,
        ObservedRange.Of(seen.Range),
        seen.Elements == 0 ? 0 : seen.Sum.Values.Count == 0 ? double.NaN : seen.Sum.Mean(0, seen.Elements),
        seen.Elements > 0 && seen.MayBePixels && seen.SomeGrey,
        seen.GivenOnce);

    /// <summary>Adds one sample.</summary>
    public void Add(InputBuffer read, int slot)
    {
        if (read.Input.Type != TensorProto.Types.DataType.Float)
        {
            var values = Array.ConvertAll(read.Reals(slot), value => (float)value);
            _mayBePixels = false;
            if (values.Length > 0)
                _range = _range.Join(new ObservedRange(values.Min(), values.Max()));
            _sum.AddAll(values);
            _count += values.Length;
            return;
        }

        var floats = read.Floats(slot);
        ObservedRange.TryOf(floats, out var range);
        _range = _range.Join(range);
        _sum.AddAll(floats);
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

using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>Sums that tell two vectors apart: squared distances and squared norms, which add up over samples.</summary>
/// <remarks>The cosine comes from the same sums: 2·f·q = │f│² + │q│² − │f − q│². Sums are of doubles, in the order of the elements.</remarks>
internal sealed class DifferenceSums
{
    private double _error;
    private double _float;
    private double _quantized;
    private double _lowest = double.PositiveInfinity;
    private double _highest = double.NegativeInfinity;

    /// <summary>Whether the float values are all the same, so that a ratio to their power says little.</summary>
    public bool IsConstant => _lowest >= _highest;

    /// <summary>10·log10(Σ f² / Σ (f − q)²): infinite where both are equal everywhere.</summary>
    public double SqnrDb => Decibels.Of(_float, _error);

    /// <summary>Σ f·q / √(Σ f² · Σ q²); 1 where both are zero everywhere, 0 where only one is.</summary>
    public double Cosine
    {
        get
        {
            if (_float == 0 || _quantized == 0)
                return _float == _quantized ? 1 : 0;
            var product = (_float + _quantized - _error) / 2;
            return Math.Clamp(product / Math.Sqrt(_float) / Math.Sqrt(_quantized), -1, 1);
        }
    }

    /// <summary>Adds the elements of one run.</summary>
    public void Add(ReadOnlySpan<double> floats, ReadOnlySpan<double> quantized)
    {
        var (error, real, rounded, lowest, highest) = (0.0, 0.0, 0.0, _lowest, _highest);
        for (var i = 0; i < floats.Length; i++)
        {
            var (value, other) = (floats[i], quantized[i]);
            error += (value - other) * (value - other);
            real += value * value;
            rounded += other * other;
            lowest = Math.Min(lowest, value);
            highest = Math.Max(highest, value);
        }

        _error += error;
        _float += real;
        _quantized += rounded;
        (_lowest, _highest) = (lowest, highest);
    }
}

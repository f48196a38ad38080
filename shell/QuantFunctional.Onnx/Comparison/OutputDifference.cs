using MathNet.Numerics;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>Adds up, sample by sample, what tells two outputs apart.</summary>
/// <remarks>
/// Squared distances and squared norms add up over samples, so that the figures are those of all samples taken as one
/// vector. The cosine comes from the same sums: 2·f·q = │f│² + │q│² − │f − q│². Sums are of doubles, in the order of
/// the elements.
/// </remarks>
internal sealed class OutputDifference(string name)
{
    private double _squaredError;
    private double _squaredFloat;
    private double _squaredQuantized;
    private double _largest;

    /// <summary>Adds one sample's values.</summary>
    public void Add(double[] floats, double[] quantized)
    {
        _squaredError += Distance.SSD(floats, quantized);
        _squaredFloat += SquaredNorm(floats);
        _squaredQuantized += SquaredNorm(quantized);
        _largest = Math.Max(_largest, Distance.Chebyshev(floats, quantized));
    }

    /// <summary>The figures of all samples so far.</summary>
    public OutputComparison Result() => new(name, SqnrDb(), Cosine(), _largest);

    private double SqnrDb() =>
        _squaredError == 0 ? double.PositiveInfinity : 10 * Math.Log10(_squaredFloat / _squaredError);

    private double Cosine()
    {
        if (_squaredFloat == 0 || _squaredQuantized == 0)
            return _squaredFloat == _squaredQuantized ? 1 : 0;
        var product = (_squaredFloat + _squaredQuantized - _squaredError) / 2;
        return Math.Clamp(product / Math.Sqrt(_squaredFloat) / Math.Sqrt(_squaredQuantized), -1, 1);
    }

    private static double SquaredNorm(double[] values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += value * value;
        return sum;
    }
}

using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>What some roundings lose of the outputs, summed over samples.</summary>
/// <param name="outputs">The outputs.</param>
/// <param name="squared">The squared error of each.</param>
/// <param name="signal">The sum of the squares of each in the float model.</param>
internal sealed class SummedLoss(IReadOnlyList<string> outputs, double[] squared, double[] signal)
{
    /// <summary>Noise over signal, averaged over the outputs that are not 0 everywhere.</summary>
    internal double Share { get; } = Average(squared, signal);

    /// <summary>The figures.</summary>
    internal MeasuredLoss Measured => new(
        Decibels.Of(1, Share),
        [.. outputs.Select((name, i) => new OutputLoss(name, Finite(squared[i]), Decibels.Of(1, Of(squared[i], signal[i]))))]);

    private static double Average(double[] squared, double[] signal)
    {
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < squared.Length; i++)
        {
            if (signal[i] == 0)
                continue;
            sum += Of(squared[i], signal[i]);
            count++;
        }

        return count == 0 ? 0 : sum / count;
    }

    private static double Of(double squared, double signal) => squared == 0 ? 0 : Finite(squared) / signal;

    // a number that rounding makes no number is as far away as can be
    private static double Finite(double squared) => double.IsNaN(squared) ? double.PositiveInfinity : squared;
}

namespace QuantFunctional.Onnx.Refinement;

/// <summary>The squared error of each output of a network over the samples that it was measured on.</summary>
internal sealed record OutputErrors(IReadOnlyList<double> Squared)
{
    /// <summary>The errors of each run by itself, one run's outputs after the other's; null of a run.</summary>
    internal OutputErrors? Apart { get; init; }

    /// <summary>An error that is none: 120 decibels below an output, so that nothing hangs on runs that are exact.</summary>
    internal static double Floor(double[] real)
    {
        var sum = 0.0;
        foreach (var value in real)
            sum += double.IsFinite(value) ? value * value : 0;
        return Math.ScaleB(sum, -40);
    }

    /// <summary>Whether the errors are clearly smaller: on the whole, and in the middle of the runs where they are known by themselves.</summary>
    /// <remarks>
    /// On the whole, the ratios of all outputs, multiplied, are below a number, so that a decibel counts the same in every output. But a
    /// sum of squares hangs on the few runs that are near a tie, and on other samples others are: so the geometric mean of all runs'
    /// ratios has to be below the same number. No logarithm decides.
    /// </remarks>
    internal bool IsBetterThan(OutputErrors other, double ratio) =>
        IsBelow(Squared, other.Squared, ratio, times: 1)
        && (Apart is null || other.Apart is null || IsBelow(Apart.Squared, other.Apart.Squared, ratio, Apart.Squared.Count / Squared.Count));

    /// <summary>Whether the ratios of all errors, multiplied, are below a number to a power.</summary>
    private static bool IsBelow(IReadOnlyList<double> errors, IReadOnlyList<double> others, double ratio, int times)
    {
        if (!errors.All(double.IsFinite))
            return false;
        // a product of many ratios leaves the numbers that there are, so that its exponent is counted apart
        var (product, exponent) = (1.0, 0);
        for (var i = 0; i < errors.Count; i++)
        {
            if (errors[i] != others[i])
                Multiply(errors[i] / others[i]);
        }

        for (var i = 0; i < times; i++)
            Multiply(1 / ratio);
        return product == 0 || Math.ScaleB(product, exponent) < 1;

        void Multiply(double factor)
        {
            product *= factor;
            if (product == 0 || !double.IsFinite(product))
                return;
            var bits = Math.ILogB(product);
            (product, exponent) = (Math.ScaleB(product, -bits), exponent + bits);
        }
    }
}

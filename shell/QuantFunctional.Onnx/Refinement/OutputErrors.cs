namespace QuantFunctional.Onnx.Refinement;

/// <summary>The squared error of each output of a network over the samples that it was measured on.</summary>
internal sealed record OutputErrors(IReadOnlyList<double> Squared)
{
    /// <summary>The errors of each run by itself, so that a decibel counts the same in every one; null of a run.</summary>
    internal OutputErrors? Apart { get; init; }

    /// <summary>An error that is none: 120 decibels below an output, so that nothing hangs on runs that are exact.</summary>
    internal static double Floor(double[] real)
    {
        var sum = 0.0;
        foreach (var value in real)
            sum += double.IsFinite(value) ? value * value : 0;
        return Math.ScaleB(sum, -40);
    }

    /// <summary>Whether the errors are clearly smaller on the whole: their ratios to the others', multiplied, are below a number.</summary>
    /// <remarks>So a decibel counts the same in every output, however large its numbers are, and no logarithm decides.</remarks>
    internal bool IsBetterThan(OutputErrors other, double ratio)
    {
        var product = 1.0;
        for (var i = 0; i < Squared.Count; i++)
        {
            if (!double.IsFinite(Squared[i]))
                return false;
            if (Squared[i] != other.Squared[i])
                product *= Squared[i] / other.Squared[i];
        }

        return product < ratio;
    }
}

namespace QuantFunctional.Onnx.Refinement;

/// <summary>The squared error of each output of a network over the samples that it was measured on.</summary>
internal sealed record OutputErrors(IReadOnlyList<double> Squared)
{
    // what differs by less than half a decibel is chance: other samples would show the opposite
    private const double Margin = 1.0 / 10;

    /// <summary>Whether the errors are smaller on the whole: their ratios to the others', multiplied, are clearly below 1.</summary>
    /// <remarks>So a decibel counts the same in every output, however large its numbers are, and no logarithm decides.</remarks>
    internal bool IsBetterThan(OutputErrors other)
    {
        var product = 1.0;
        for (var i = 0; i < Squared.Count; i++)
        {
            if (!double.IsFinite(Squared[i]))
                return false;
            if (Squared[i] != other.Squared[i])
                product *= Squared[i] / other.Squared[i];
        }

        return product < 1 - Margin;
    }
}

namespace QuantFunctional.Onnx.Refinement;

/// <summary>The squared error of each output of a network over the samples that it was measured on.</summary>
internal sealed record OutputErrors(IReadOnlyList<double> Squared)
{
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

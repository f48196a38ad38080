namespace QuantFunctional.Onnx.Repair;

/// <summary>An output channel as a file stores it.</summary>
/// <param name="Weights">The stored weights in the order in which a kernel adds their products, zero point included.</param>
/// <param name="Zero">The weights' zero point.</param>
/// <param name="Step">The weights' real units per step.</param>
/// <param name="BiasAt">The stored bias that goes with a step of the weights.</param>
internal sealed record StoredChannel(int[] Weights, int Zero, float Step, Func<float, long> BiasAt)
{
    /// <summary>The stored bias.</summary>
    internal long Bias { get; } = BiasAt(Step);

    /// <summary>The same real weights and bias in larger steps, each rounded to the nearest, ties to even.</summary>
    internal StoredChannel In(float step) =>
        new(Array.ConvertAll(Weights, stored => Requantized(stored - Zero, step) + Zero), Zero, step, BiasAt);

    // the numerator is exact, and the quotient too far from a tie for its rounding to make one
    private int Requantized(int weight, float step) => (int)Math.Round(weight * (double)Step / step, MidpointRounding.ToEven);
}

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// What stored integers lose of the real weights, block by block, beside what the nearest integers at the same steps would lose.
/// Sums are taken in one order: channels, their blocks, the weights of each.
/// </summary>
internal static class BlockErrors
{
    // a step is rounded to the float32 of a file after the integers are: a weight this near to the middle between two of them may have either
    private const double Tie = 1.0 / (1 << 22);

    /// <summary>The errors of all blocks.</summary>
    internal static WeightErrors Of(IntegerWeight weight, ReadWeights read, FloatWeights.RealMatrix reals)
    {
        double sum = 0, nearestSum = 0;
        BlockError? worst = null, first = null;
        long above = 0;
        for (var channel = 0; channel < weight.Channels; channel++)
        {
            for (var block = 0; block < weight.Blocks; block++)
            {
                var error = OfBlock(weight, read, reals, channel, block);
                sum += error.SquaredError;
                nearestSum += error.Nearest;
                if (worst is null || error.SquaredError > worst.SquaredError)
                    worst = error;
                if (!(error.SquaredError <= error.Nearest))
                {
                    above++;
                    first ??= error;
                }
            }
        }

        return new WeightErrors(sum, nearestSum, worst!, above, first);
    }

    private static BlockError OfBlock(IntegerWeight weight, ReadWeights read, FloatWeights.RealMatrix reals, int channel, int block)
    {
        double error = 0, nearest = 0, step = read.Step(channel, block);
        var zero = read.Zero(channel, block);
        var (size, low, high) = (weight.BlockSize ?? weight.Inputs, weight.Lowest - zero, weight.Highest - zero);
        var last = Math.Min((block + 1) * (long)size, weight.Inputs);
        for (var input = block * size; input < last; input++)
        {
            double real = reals.At(channel, input), steps = real / step;
            var stored = read.Stored(channel, input) - zero;
            var lost = real - (stored * step);
            error += lost * lost;
            if (Math.Abs(steps - stored) <= 0.5 + (Math.Abs(steps) * Tie))
            {
                nearest += lost * lost;
            }
            else
            {
                var least = real - (Math.Clamp(Math.Round(steps, MidpointRounding.ToEven), low, high) * step);
                nearest += least * least;
            }
        }

        return new BlockError(channel, block, error, nearest);
    }
}

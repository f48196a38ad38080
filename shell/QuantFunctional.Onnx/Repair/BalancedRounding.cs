namespace QuantFunctional.Onnx.Repair;

/// <summary>Rounds weights that lie near a tie the other way, so that the errors of a channel's weights cancel out.</summary>
/// <remarks>
/// Inputs mostly have a mean, and then the sum of the errors e shifts every output of the channel alike. As where a model is
/// planned, an output errs by (Σe)²/2 + Σe² in the mean; a weight is moved by one step where that makes it less.
/// </remarks>
internal static class BalancedRounding
{
    /// <summary>The channel in its larger step with the errors balanced as far as the limits allow.</summary>
    /// <param name="rounded">The channel in a larger step, each weight rounded to the nearest.</param>
    /// <param name="before">The channel as the file stores it.</param>
    /// <param name="limits">What its sums must hold.</param>
    internal static StoredChannel Of(StoredChannel rounded, StoredChannel before, ChannelLimits limits)
    {
        double Error(int i) =>
            ((before.Weights[i] - before.Zero) * (double)before.Step / rounded.Step) - (rounded.Weights[i] - rounded.Zero);

        double[] errors = [.. Enumerable.Range(0, rounded.Weights.Length).Select(Error)];
        var sum = errors.Sum();
        var sign = Math.Sign(sum);
        int[] weights = [.. rounded.Weights];

        // those nearest to a tie come first; in larger steps even the next integer is not beyond what the file stored
        foreach (var i in Enumerable.Range(0, weights.Length).Where(i => errors[i] * sign > 0).OrderByDescending(i => errors[i] * sign))
        {
            if ((sum * sign) + (2 * errors[i] * sign) <= 1.5)
                break;
            if (limits.Pairs && (i ^ 1) < weights.Length && !ChannelLimits.PairHolds(weights[i] + sign, weights[i ^ 1]))
                continue;
            weights[i] += sign;
            sum -= sign;
        }

        var balanced = rounded with { Weights = weights };
        return limits.AreHeld(balanced) ? balanced : rounded;
    }
}

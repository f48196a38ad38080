namespace QuantFunctional.Checking;

/// <summary>What the checker itself finds untrue of what is claimed of a layer's integers.</summary>
internal sealed class OwnClaims(CheckedLayer layer, LayerArithmetic arithmetic)
{
    private readonly IntegerLayer _integers = layer.Integers;

    /// <summary>S as the scales claim it, and as multiplier and shift hold it; no claim of a dead channel.</summary>
    internal (double? Claimed, double Held) Scale(int channel)
    {
        var weight = layer.WeightScale[channel];
        var claimed = _integers.Output.Scale / (_integers.Input.Scale * weight);
        return (weight == 0 ? null : Math.ScaleB(claimed, _integers.IntrinsicShift[channel]),
            Math.ScaleB(_integers.Multiplier[channel], -_integers.Shift[channel]));
    }

    internal IEnumerable<string> Scales()
    {
        for (var channel = 0; channel < _integers.Shape.Channels; channel++)
        {
            // one dispute a channel: of the scales, else of the factor that is stated beside them
            var (claimed, held) = Scale(channel);
            foreach (var wanted in new[] { claimed, layer.Factors?[channel] }.OfType<double>())
            {
                var multiplier = _integers.Multiplier[channel];
                var wire = Math.ScaleB(wanted, _integers.Profile.Steps.IsFloat32 ? -22 : -49);
                var allowed = (multiplier == 1 ? 0 : held * 0.5 / multiplier) + wire;
                if (Math.Abs(held - wanted) <= allowed)
                    continue;
                yield return OwnFindings.TextOfReal("scale-not-held", channel, held, wanted);
                break;
            }
        }
    }

    // Qb stands for b*Sb, less the product of inputs that are all the stored 0, more a zero point that travels with it
    internal IEnumerable<string> Biases()
    {
        for (var channel = 0; layer.RealBias is { } claimed && channel < _integers.Shape.Channels; channel++)
        {
            var (weight, h) = (layer.WeightScale[channel], _integers.IntrinsicShift[channel]);
            var scale = weight == 0 ? _integers.Output.Scale : Math.ScaleB(_integers.Input.Scale * weight, -h);
            var steps = (double)(_integers.Bias[channel] + arithmetic.ZeroProduct(channel))
                - ((_integers.Output.ZeroPoint - _integers.OutputOffset) / Scale(channel).Held);
            var real = claimed[channel] * scale;
            if (!(Math.Abs(steps - real) <= 0.5 + Math.ScaleB(Math.Abs(real) + Math.Abs(steps), -50)))
                yield return OwnFindings.TextOfReal("bias-not-held", channel, steps / scale, claimed[channel]);
        }
    }

    internal IEnumerable<string> Offset()
    {
        var (low, high) = arithmetic.OutputType;
        var held = _integers.OutputOffset;
        if (layer.Offset is { } claimed && held != claimed && held >= low && held <= high)
            yield return OwnFindings.TextOfReal("offset-not-held", -1, held, claimed);
    }

    // a bias is added to products, so its step is theirs; float32 rounds the two steps and what is stored of their product
    internal IEnumerable<string> BiasSteps()
    {
        for (var channel = 0; layer.BiasSteps is { } claimed && channel < _integers.Shape.Channels; channel++)
        {
            var weight = layer.WeightScale[channel];
            var step = Math.ScaleB(_integers.Input.StepSize / weight, _integers.IntrinsicShift[channel]);
            if (weight != 0 && !(Math.Abs(claimed[channel] - step) <= Math.ScaleB(step, -22)))
                yield return OwnFindings.TextOfReal("bias-step-not-held", channel, step, claimed[channel]);
        }
    }
}

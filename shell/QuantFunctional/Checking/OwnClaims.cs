using QuantFunctional.Documents;

namespace QuantFunctional.Checking;

/// <summary>What the checker itself finds untrue of what is claimed of a layer's integers.</summary>
internal sealed class OwnClaims(CheckedLayer layer, LayerArithmetic arithmetic)
{
    private readonly IntegerLayer _integers = layer.Integers;

    /// <summary>Qb + P0 − Zb: the bias in steps of the accumulator.</summary>
    internal double BiasInSteps(int channel) => (double)(_integers.Bias[channel] + arithmetic.ZeroProduct(channel))
        - ((_integers.Output.ZeroPoint - _integers.OutputOffset) / Scale(channel).Held);

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
            var (multiplier, held) = (_integers.Multiplier[channel], Scale(channel).Held);
            var unit = multiplier == 1 ? 0 : held / multiplier;
            var (wanted, allowed) = FromScales(channel, unit / 2);
            if (Math.Abs(held - wanted) <= allowed && layer.Factors is { } factors)
                (wanted, allowed) = (factors[channel], unit / 2);
            if (!(Math.Abs(held - wanted) <= allowed))
                yield return OwnFindings.TextOfReal("scale-not-held", channel, held, wanted);
        }
    }

    // the factor that the scales make in the arithmetic of the files, and how far another may lie from it
    private (double Factor, double Allowed) FromScales(int channel, double rounding)
    {
        if (Scale(channel).Claimed is not { } claimed)
            return layer.Factors is null ? (Scale(channel).Held, 0) : (1, rounding); // dead: S = 1, where that is stated
        if (!_integers.Profile.Steps.IsFloat32)
            return (claimed, rounding + Math.ScaleB(claimed, -50));
        if (_integers.Multiplier[channel] == 1)
            return (claimed, Math.ScaleB(claimed, -22));
        if (!_integers.Profile.Multiplier.IsSingle24)
            return (claimed, rounding + Math.ScaleB(claimed, -50));
        var step = (float)(1 / layer.WeightScale[channel]);
        if (1.0 / step != layer.WeightScale[channel])
            return (claimed, rounding + Math.ScaleB(claimed, -22));
        var real = (float)(_integers.Input.StepSize * step) / _integers.Output.StepSize;
        var exponent = Math.ILogB(real); // 24 bits of it, also beyond the exponents of float32
        var factor = Math.ScaleB((float)Math.ScaleB(real, -exponent), exponent);
        return (Math.ScaleB(factor, _integers.IntrinsicShift[channel]), 0);
    }

    // Qb stands for b*Sb, less the product of inputs that are all the stored 0, more a zero point that travels with it
    internal IEnumerable<string> Biases()
    {
        for (var channel = 0; layer.RealBias is { } claimed && channel < _integers.Shape.Channels; channel++)
        {
            var (weight, h) = (layer.WeightScale[channel], _integers.IntrinsicShift[channel]);
            var scale = weight == 0 ? _integers.Output.Scale : Math.ScaleB(_integers.Input.Scale * weight, -h);
            var steps = BiasInSteps(channel);
            var real = claimed[channel] * scale;
            if (!(Math.Abs(steps - real) <= 0.5 + Math.ScaleB(Math.Abs(real) + Math.Abs(steps), -52)))
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

    internal IEnumerable<string> Clamp()
    {
        var (low, high) = arithmetic.OutputType;
        if (layer.OutputRange is not { } claimed)
            yield break;
        foreach (var (held, wanted) in new[] { (_integers.OutputRange.Low, claimed.Low), (_integers.OutputRange.High, claimed.High) })
        {
            if (held != wanted && held >= low && held <= high)
                yield return OwnFindings.TextOfReal("clamp-not-held", -1, held, wanted);
        }
    }

    // a bias is added to products, so its step is theirs; the two steps are rounded, and what is stored of their product
    internal IEnumerable<string> BiasSteps()
    {
        for (var channel = 0; layer.BiasSteps is { } claimed && channel < _integers.Shape.Channels; channel++)
        {
            var weight = layer.WeightScale[channel];
            var step = weight == 0
                ? _integers.Output.StepSize
                : Math.ScaleB(_integers.Input.StepSize / weight, _integers.IntrinsicShift[channel]);
            var bits = layer.BiasStepFormat is { IsFloat64: true } ? 50 : 22;
            if (!(Math.Abs(claimed[channel] - step) <= Math.ScaleB(step, -bits)))
                yield return OwnFindings.TextOfReal("bias-step-not-held", channel, step, claimed[channel]);
        }
    }
}

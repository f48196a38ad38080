namespace QuantFunctional.Onnx.Comparison;

/// <summary>Counts the elements in which two runs on integers are apart, in steps of the outputs.</summary>
internal sealed class ElementCount
{
    internal long Elements { get; private set; }

    internal long Differing { get; private set; }

    internal long MaxSteps { get; private set; }

    /// <summary>Adds one output of one sample.</summary>
    /// <param name="own">Its elements.</param>
    /// <param name="others">Those that they are compared with.</param>
    /// <param name="step">The real units per step of the output.</param>
    internal void Add(double[] own, double[] others, float step)
    {
        if (own.Length != others.Length)
            throw Diagnostics.EngineSizeDiffers.Fault("the integer execution gives an output of another size than ONNX Runtime's.");
        Elements += own.Length;
        for (var i = 0; i < own.Length; i++)
        {
            if (own[i] == others[i])
                continue;
            Differing++;
            MaxSteps = Math.Max(MaxSteps, (long)Math.Round(Math.Abs(own[i] - others[i]) / step));
        }
    }
}

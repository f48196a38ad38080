namespace QuantFunctional.Onnx.Samples;

/// <summary>The samples on which choices are measured: every eighth by its index, but as many as 32 where there are so many.</summary>
internal static class HeldBackSamples
{
    private const long MostBetween = 8;
    private const long Enough = 32;

    /// <summary>Reads on to the next of these runs; false after the last one.</summary>
    internal static bool MoveNextHeldBack(this SampleSource samples)
    {
        var every = Math.Clamp(samples.Count / Enough, 1, MostBetween);
        while (samples.Runs < samples.RunCount && samples.Runs % every != 0)
            samples.SkipRun();
        return samples.MoveNext();
    }
}

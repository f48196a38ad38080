namespace QuantFunctional.Onnx.Samples;

/// <summary>The samples on which choices are measured: every eighth by its index, or all of a few.</summary>
internal static class HeldBackSamples
{
    private const int Every = 8;
    private const int Few = 32;

    /// <summary>Reads on to the next of these runs; false after the last one.</summary>
    internal static bool MoveNextHeldBack(this SampleSource samples)
    {
        while (samples.Count >= Few && samples.Runs < samples.RunCount && samples.Runs % Every != 0)
            samples.SkipRun();
        return samples.MoveNext();
    }
}

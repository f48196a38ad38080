namespace QuantFunctional.Onnx.Samples;

/// <summary>The samples on which choices are measured: every eighth by its index, but as many as 32 where there are so many.</summary>
internal static class HeldBackSamples
{
    private const long MostBetween = 8;

    /// <summary>So many are enough for a choice that is clear.</summary>
    internal const long Enough = 32;

    /// <summary>Reads on to the next of these runs; false after the last one.</summary>
    internal static bool MoveNextHeldBack(this SampleSource samples) => samples.MoveNextOf(Enough);

    /// <summary>Reads on to the next run of so many held-back samples, where there are so many, or of every eighth.</summary>
    internal static bool MoveNextOf(this SampleSource samples, long enough)
    {
        var every = Every(samples, enough);
        while (samples.Runs < samples.RunCount && samples.Runs % every != 0)
            samples.SkipRun();
        return samples.MoveNext();
    }

    /// <summary>How many such runs there are.</summary>
    internal static long HeldBackRuns(this SampleSource samples) => (samples.RunCount + Every(samples) - 1) / Every(samples);

    /// <summary>Reads on to the next of so many of these runs, which lie as far apart as they can; false after the last one.</summary>
    internal static bool MoveNextHeldBack(this SampleSource samples, long most)
    {
        var runs = samples.HeldBackRuns();
        var wanted = Math.Min(most, runs);
        while (samples.Runs < samples.RunCount && !(samples.Runs % Every(samples) == 0 && IsTaken(samples.Runs / Every(samples))))
            samples.SkipRun();
        return samples.MoveNext();

        // the first of each of the equal parts
        bool IsTaken(long run) => run == 0 || run * wanted / runs != (run - 1) * wanted / runs;
    }

    private static long Every(SampleSource samples, long enough = Enough) => Math.Clamp(samples.Count / enough, 1, MostBetween);
}

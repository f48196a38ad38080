using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>
/// The samples whose values are counted, and of which means are taken: all of up to 127, else every n-th by its index, 64 at least,
/// since either costs as much as a small network itself. Extremes are those of all samples.
/// </summary>
internal static class CountedSamples
{
    private const long Enough = 64;

    /// <summary>Whether a sample of the run at hand is one of them.</summary>
    internal static bool Holds(SampleSource samples, int slot) => Holds(samples.Index(slot), samples.All);

    /// <summary>Whether a sample is one of them, by its index among so many.</summary>
    internal static bool Holds(long sample, long all) => sample % Distance(all) == 0;

    /// <summary>Whether all of so many samples are.</summary>
    internal static bool AreAll(long samples) => Distance(samples) == 1;

    private static long Distance(long all) => Math.Max(1, all / Enough);
}

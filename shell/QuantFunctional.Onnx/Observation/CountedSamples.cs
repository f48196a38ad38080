using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>
/// The samples whose values are counted: all of up to 127, else every n-th by its index, 64 at least, since counting costs more
/// than a small network itself. Extremes are those of all samples.
/// </summary>
internal static class CountedSamples
{
    private const long Enough = 64;

    /// <summary>Whether a sample of the run at hand is one of them.</summary>
    internal static bool Holds(SampleSource samples, int slot) => samples.Index(slot) % Math.Max(1, samples.All / Enough) == 0;
}

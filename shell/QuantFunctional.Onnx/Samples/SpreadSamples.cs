namespace QuantFunctional.Onnx.Samples;

/// <summary>A few samples of many, spread by their index alone, so that they are the same everywhere.</summary>
internal static class SpreadSamples
{
    private const long Fewest = 8;
    private const long Most = 32;

    /// <summary>How many: all up to 8, then a twelfth of them, but 8 at least and 32 at most, since each runs both models.</summary>
    internal static long Count(long samples) => Math.Min(samples, Math.Clamp(samples / 12, Fewest, Most));

    /// <summary>Reads on to the next one; false after the last one.</summary>
    internal static bool MoveNextSpread(this SampleSource samples)
    {
        var (all, count) = (samples.Count, Count(samples.Count));

        // sample k of them is sample k·all/count of all
        while (samples.MoveNext())
        {
            var index = samples.Taken - 1;
            var next = ((index * count) + all - 1) / all;
            if (next < count && next * all / count == index)
                return true;
        }

        return false;
    }
}

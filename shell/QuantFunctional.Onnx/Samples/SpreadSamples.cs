namespace QuantFunctional.Onnx.Samples;

/// <summary>A few samples of many, spread by their index alone, so that they are the same everywhere.</summary>
internal static class SpreadSamples
{
    private const long Most = 32;

    /// <summary>
    /// How many a check takes: all up to 8, then a twelfth of them, but 8 at least and 32 at most, since each runs both models.
    /// Where a sample is but one value of each part of an output, as of class scores, twice as many, and 32 at most.
    /// </summary>
    internal static long Count(long samples, bool oneValueEach)
    {
        var least = oneValueEach ? 16 : 8;
        return Math.Min(samples, Math.Clamp(samples * least / 96, least, Most));
    }

    /// <summary>How many runs hold so many samples.</summary>
    internal static long RunsOf(this SampleSource samples, long count) =>
        Math.Min(samples.RunCount, (count + samples.Batch - 1) / samples.Batch);

    /// <summary>Reads on to the next one of so many runs, or of all where there are fewer; false after the last one.</summary>
    internal static bool MoveNextSpread(this SampleSource samples, long most)
    {
        var (all, count) = (samples.RunCount, Math.Min(samples.RunCount, most));

        // run k of them is run k·all/count of all
        while (samples.Runs < all)
        {
            var index = samples.Runs;
            var next = ((index * count) + all - 1) / all;
            if (next < count && next * all / count == index)
                return samples.MoveNext();
            samples.SkipRun();
        }

        return false;
    }
}

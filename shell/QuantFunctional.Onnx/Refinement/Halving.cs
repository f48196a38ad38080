namespace QuantFunctional.Onnx.Refinement;

/// <summary>Finds which of many changes lower the measured error: all at once, and where they do not, in halves.</summary>
internal static class Halving
{
    /// <summary>Half a decibel less: what a few samples show of smaller gains, others may not.</summary>
    internal const double ClearlyBetter = 0.9;

    /// <summary>The changes that were kept, and the error with them.</summary>
    /// <param name="changes">All of them, in an order in which neighbours belong together; told apart by what they are.</param>
    /// <param name="without">The error without any.</param>
    /// <param name="errors">The error with some.</param>
    /// <param name="ratio">Below which ratio to the error before a change is kept.</param>
    /// <param name="measurements">How often may be measured.</param>
    internal static (IReadOnlySet<T> Kept, OutputErrors Errors) Kept<T>(
        T[] changes, OutputErrors without, Func<IReadOnlySet<T>, OutputErrors> errors, double ratio, int measurements)
        where T : class
    {
        var kept = new HashSet<T>(ReferenceEqualityComparer.Instance);
        var least = without;
        var open = new PriorityQueue<T[], int>();
        if (changes.Length > 0)
            open.Enqueue(changes, 0);
        for (var i = 0; i < measurements && open.TryDequeue(out var chunk, out _); i++)
        {
            if (errors(new HashSet<T>([.. kept, .. chunk], ReferenceEqualityComparer.Instance)) is var changed && changed.IsBetterThan(least, ratio))
            {
                least = changed;
                kept.UnionWith(chunk);
                continue;
            }

            var half = chunk.Length / 2;
            if (half == 0)
                continue;
            foreach (var part in new[] { chunk[..half], chunk[half..] })
                open.Enqueue(part, -part.Length);
        }

        return (kept, least);
    }
}

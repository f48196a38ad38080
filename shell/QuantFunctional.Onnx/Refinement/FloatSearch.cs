namespace QuantFunctional.Onnx.Refinement;

/// <summary>Finds a small set of nodes to leave in float with which a network meets a target.</summary>
/// <param name="steps">The order in which nodes are left in float.</param>
/// <param name="costs">The multiply-adds by node.</param>
/// <param name="isMet">Evaluates a set: whether it meets the target; null where no more is evaluated.</param>
internal sealed class FloatSearch(
    IReadOnlyList<IReadOnlyList<string>> steps, IReadOnlyDictionary<string, long> costs, Func<IReadOnlyList<string>, bool?> isMet)
{
    /// <summary>
    /// Grows the set, twice as many steps each time, until the target is met; looks between the last two for where that begins; then
    /// takes nodes back into integers, those of most multiply-adds first, in halves and one by one, while the target still holds.
    /// </summary>
    internal void Run()
    {
        if (Grown() is not var (missed, met))
            return;
        while (met - missed > 1)
        {
            var middle = missed + ((met - missed) / 2);
            switch (isMet(First(middle)))
            {
                case true:
                    met = middle;
                    break;
                case false:
                    missed = middle;
                    break;
                default:
                    return;
            }
        }

        TakeBack(First(met));
    }

    private (int Missed, int Met)? Grown()
    {
        var (missed, count) = (-1, 0);
        while (isMet(First(count)) is { } met)
        {
            if (met)
                return count == 0 ? null : (missed, count);
            if (count == steps.Count)
                return null;
            (missed, count) = (count, Math.Min(Math.Max(1, 2 * count), steps.Count));
        }

        return null;
    }

    private List<string> First(int count) => [.. steps.Take(count).SelectMany(step => step)];

    private void TakeBack(List<string> inFloat)
    {
        var left = inFloat.ToHashSet();
        var open = new Queue<string[]>();
        Halve([.. inFloat.OrderByDescending(node => costs.GetValueOrDefault(node))]);
        while (open.TryDequeue(out var chunk))
        {
            if (isMet([.. inFloat.Where(node => left.Contains(node) && !chunk.Contains(node))]) is not { } met)
                return;
            if (met)
                left.ExceptWith(chunk);
            else
                Halve(chunk);
        }

        void Halve(string[] nodes)
        {
            // the whole of one node is a network that was evaluated before
            if (nodes.Length < 2)
                return;
            open.Enqueue(nodes[..(nodes.Length / 2)]);
            open.Enqueue(nodes[(nodes.Length / 2)..]);
        }
    }
}

namespace Shell.Tests.Reading.Drawn;

/// <summary>Choices that a seed decides.</summary>
internal sealed class Draw(int seed)
{
    private readonly System.Random _random = new(seed);

    internal bool Chance(double share) => _random.NextDouble() < share;

    internal int Int(int from, int to) => _random.Next(from, to + 1);

    internal float Real(float low, float high) => low + ((high - low) * _random.NextSingle());

    internal T Of<T>(params IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    internal long[] Longs(int count, int from, int to) => [.. Enumerable.Range(0, count).Select(_ => (long)Int(from, to))];
}

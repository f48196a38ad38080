namespace QuantFunctional.Fuzz;

/// <summary>Numbers that look random and depend on a seed alone, the same with every version of .NET (SplitMix64).</summary>
internal sealed class Numbers(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The numbers of one input.</summary>
    internal static Numbers Of(long seed, string reader, long input)
    {
        var state = unchecked((ulong)seed * 0x9E3779B97F4A7C15);
        foreach (var letter in reader)
            state = unchecked((state ^ letter) * 0x100000001B3);
        return new Numbers(unchecked(state + ((ulong)input * 0xD1342543DE82EF95)));
    }

    internal ulong Next()
    {
        unchecked
        {
            var z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>A number from 0 on, below a limit of at least 1.</summary>
    internal int Below(int limit) => (int)(Next() % (ulong)limit);

    internal bool OneIn(int count) => Below(count) == 0;

    internal T Of<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    internal byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = (byte)Next();
        return bytes;
    }
}

using QuantFunctional.Documents;

namespace QuantFunctional.Checking;

/// <summary>What the checker itself finds of products of two activations: every pair of stored integers, nothing left out.</summary>
internal static class OwnActivationProducts
{
    /// <summary>What is not true of the claims.</summary>
    internal static IEnumerable<string> Disputes(
        IReadOnlyList<ActivationProductReport> claims, IReadOnlyList<CheckedActivationProduct> products)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var claim in claims)
        {
            var number = seen[claim.Name] = seen.GetValueOrDefault(claim.Name) + 1;
            var product = products.Where(one => one.Name == claim.Name).Skip(number - 1).FirstOrDefault();
            if (product is null)
            {
                yield return $"{claim.Name}: there is no such product of two activations";
                continue;
            }

            var most = MostTerms(product);
            if (claim.MostTerms != most)
                yield return $"{claim.Name}: an int32 sum holds {most} products, not {claim.MostTerms}";
            if (claim.Terms != product.Terms)
                yield return $"{claim.Name}: each sum adds {Told(product.Terms)} products, not {Told(claim.Terms)}";
            if (claim.Passed != ((product.Terms ?? 0) <= most))
                yield return $"{claim.Name}: passed is claimed to be {claim.Passed}";
        }
    }

    private static long MostTerms(CheckedActivationProduct product)
    {
        var largest = 1L;
        foreach (var a in Values(product.First))
        {
            foreach (var b in Values(product.Second))
                largest = Math.Max(largest, Math.Abs(a * b));
        }

        return int.MaxValue / largest;
    }

    // of wide types the ends are enough, since a product is largest at a corner
    private static IEnumerable<long> Values(Storage storage)
    {
        var all = storage.Highest - (long)storage.Lowest + 1;
        var stored = all <= 256
            ? Enumerable.Range(storage.Lowest, (int)all)
            : [storage.Lowest, storage.Highest];
        return stored.Select(value => (long)value - storage.ZeroPoint);
    }

    private static string Told(long? terms) => terms is { } known ? FormattableString.Invariant($"{known}") : "an open number of";
}

namespace QuantFunctional;

/// <summary>What somebody may have meant by a name that there is not.</summary>
public static class NearestNames
{
    // a name this short is too often a part of another one by chance
    private const int ShortestPart = 3;

    // as many letters are missed by a slip of the fingers
    private const int Slip = 2;

    /// <summary>The names nearest to one: those that contain it first, then by the letters that differ.</summary>
    /// <param name="known">The names that there are.</param>
    /// <param name="wanted">The name that somebody wrote.</param>
    /// <param name="most">How many are given at most.</param>
    public static IReadOnlyList<string> Of(IEnumerable<string> known, string wanted, int most)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(wanted);
        return
        [
            .. known.Distinct()
                .OrderBy(name => !name.Contains(wanted, StringComparison.OrdinalIgnoreCase))
                .ThenBy(name => Distance(name, wanted))
                .Take(most),
        ];
    }

    /// <summary>
    /// The one name that was probably meant: the one that begins as the wanted one does, or differs from it in at most a third
    /// of its letters, or is a part of it. Upper and lower case, and <c>_</c> and <c>-</c>, are the same here.
    /// </summary>
    /// <param name="known">The names that there are.</param>
    /// <param name="wanted">The name that somebody wrote.</param>
    /// <returns>The name; null where none is near enough.</returns>
    public static string? Meant(IEnumerable<string> known, string wanted)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(wanted);
        var names = known.Distinct().Select(name => (Name: name, Plain: Plain(name))).ToList();
        var plain = Plain(wanted);
        if (plain.Length == 0)
            return null;
        var longer = names.Where(name => name.Plain.StartsWith(plain, StringComparison.Ordinal)).ToList();
        if (names.Exists(name => name.Plain == plain) || longer.Count != 1)
            longer = [.. names.Where(name => name.Plain == plain)];
        if (longer.Count > 0)
            return longer[0].Name;
        var nearest = names
            .Select(name => (name.Name, Distance: Distance(name.Plain, plain)))
            .Where(name => name.Distance <= Math.Max(1, plain.Length / 3))
            .OrderBy(name => name.Distance)
            .ToList();
        if (nearest.Count > 0 && nearest[0].Distance <= Slip)
            return nearest[0].Name;
        var parts = names.Where(name => name.Plain.Length >= ShortestPart).OrderByDescending(name => name.Plain.Length).ToList();
        return parts.Find(name => plain.StartsWith(name.Plain + '-', StringComparison.Ordinal)).Name
            ?? nearest.FirstOrDefault().Name
            ?? parts.Find(name => plain.Contains(name.Plain, StringComparison.Ordinal)).Name;
    }

    private static string Plain(string name) => name.ToLowerInvariant().Replace('_', '-').Trim('-');

    /// <summary>How many letters must be added, removed, replaced, or swapped with their neighbour.</summary>
    private static int Distance(string first, string second)
    {
        var cells = new int[first.Length + 1, second.Length + 1];
        for (var i = 0; i <= first.Length; i++)
            cells[i, 0] = i;
        for (var j = 0; j <= second.Length; j++)
            cells[0, j] = j;
        for (var i = 1; i <= first.Length; i++)
        {
            for (var j = 1; j <= second.Length; j++)
            {
                var replaced = cells[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1);
                cells[i, j] = Math.Min(replaced, 1 + Math.Min(cells[i - 1, j], cells[i, j - 1]));
                if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1])
                    cells[i, j] = Math.Min(cells[i, j], 1 + cells[i - 2, j - 2]);
            }
        }

        return cells[first.Length, second.Length];
    }
}

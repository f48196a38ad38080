namespace QuantFunctional.Onnx.Model;

/// <summary>Finds names that no tensor has.</summary>
internal sealed class FreshNames(IEnumerable<string> taken)
{
    private readonly HashSet<string> _taken = [.. taken];

    /// <summary>The wished name, or the first of wish_2, wish_3, … that is free; it is taken from then on.</summary>
    internal string Fresh(string wish)
    {
        var name = wish;
        for (var n = 2; !_taken.Add(name); n++)
            name = FormattableString.Invariant($"{wish}_{n}");
        return name;
    }
}

namespace QuantFunctional.Onnx.Refinement;

/// <summary>What a model makes of runs that are asked for again and again in their order; the first ones are kept, as far as they are not too much.</summary>
internal sealed class KeptRuns<T>
{
    private const long MostKept = 1 << 25; // 256 MB of doubles

    private readonly List<T> _kept = [];
    private long _elements;

    /// <summary>What one run gives.</summary>
    /// <param name="run">How many runs were before.</param>
    /// <param name="make">Makes it.</param>
    /// <param name="elements">How many numbers it holds.</param>
    internal T Of(int run, Func<T> make, Func<T, long> elements)
    {
        if (run < _kept.Count)
            return _kept[run];
        var made = make();
        _elements += elements(made);
        if (_elements <= MostKept && run == _kept.Count)
            _kept.Add(made);
        return made;
    }
}

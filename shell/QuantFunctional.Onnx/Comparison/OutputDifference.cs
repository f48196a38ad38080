namespace QuantFunctional.Onnx.Comparison;

/// <summary>Adds up, sample by sample, what tells two outputs apart, as a whole and by parts.</summary>
internal sealed class OutputDifference(string name)
{
    private readonly List<AxisDifference> _axes = [];
    private readonly DifferenceSums _sums = new();
    private double _largest;
    private int _rank = -1;
    private long _positions;
    private long _agreeing;
    private long _elements;
    private long _equal;

    /// <summary>Adds one sample's values.</summary>
    public void Add(double[] floats, double[] quantized, long[] dims)
    {
        _sums.Add(floats, quantized);
        for (var i = 0; i < floats.Length; i++)
        {
            var apart = Math.Abs(floats[i] - quantized[i]);
            _largest = Math.Max(_largest, apart);
            _equal += apart == 0 ? 1 : 0;
        }

        _elements += floats.Length;

        if (_rank < 0)
            _axes.AddRange(AxisDifference.Of(_rank = dims.Length).Select(axis => new AxisDifference(axis)));
        if (floats.Length == 0)
            return;
        var classes = ArgMaxes.Classes(dims);
        var (one, other) = (ArgMaxes.Of(floats, classes), ArgMaxes.Of(quantized, classes));
        _positions += one.Length;
        for (var i = 0; i < one.Length; i++)
            _agreeing += one[i] == other[i] ? 1 : 0;
        foreach (var axis in _axes)
            axis.Add(floats, quantized, dims);
    }

    /// <summary>The figures of all samples so far.</summary>
    public OutputComparison Result() => new(name, _sums.SqnrDb, _sums.Cosine, _largest)
    {
        IsConstant = _sums.IsConstant,
        Agreement = _positions == 0 ? 1 : (double)_agreeing / _positions,
        Equal = _elements == 0 ? 1 : (double)_equal / _elements,
        Parts = Parts(),
    };

    /// <summary>The axis whose worst index is the worse one; of equal ones the first.</summary>
    private OutputParts? Parts()
    {
        var leftOut = _axes.Where(axis => axis.IsLeftOut).Select(axis => axis.Axis).ToList();
        var told = _axes
            .Select(axis => (axis.Axis, Worst: axis.WorstFirst()))
            .Where(axis => axis.Worst.Count > 1)
            .OrderBy(axis => axis.Worst[0].IsConstant)
            .ThenBy(axis => axis.Worst[0].SqnrDb)
            .ToList();
        return (told, leftOut) switch
        {
            ([], []) => null,
            ([], _) => new OutputParts(Axis: null, [], leftOut),
            _ => new OutputParts(told[0].Axis, told[0].Worst, leftOut),
        };
    }
}

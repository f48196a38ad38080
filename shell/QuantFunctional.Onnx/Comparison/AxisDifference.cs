using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>What tells two outputs apart at each index of one axis, where one output joins unlike things.</summary>
/// <param name="Axis">The axis, counted from 0.</param>
internal sealed class AxisDifference(int Axis)
{
    /// <summary>An axis of more indices is one of places rather than of things, and is left out.</summary>
    internal const int MostIndices = 4096;

    private readonly List<DifferenceSums> _sums = [];

    /// <summary>The axis, counted from 0.</summary>
    public int Axis { get; } = Axis;

    /// <summary>Whether a sample had too many indices.</summary>
    public bool IsLeftOut { get; private set; }

    /// <summary>The axes that tell parts apart: the one behind the batch, and the last one.</summary>
    internal static IEnumerable<int> Of(int rank) => rank switch
    {
        < 2 => [],
        2 => [1],
        _ => [1, rank - 1],
    };

    /// <summary>Adds one sample's values.</summary>
    public void Add(double[] floats, double[] quantized, long[] dims)
    {
        var length = dims[Axis];
        IsLeftOut |= length > MostIndices;
        if (IsLeftOut)
        {
            _sums.Clear();
            return;
        }

        while (_sums.Count < length)
            _sums.Add(new DifferenceSums());
        var run = (int)Shapes.Behind(dims, Axis);
        for (var at = 0; at < floats.Length; at += run)
            _sums[(int)(at / run % length)].Add(floats.AsSpan(at, run), quantized.AsSpan(at, run));
    }

    /// <summary>All indices, the worst first; of equal ones the lower index.</summary>
    public IReadOnlyList<PartComparison> WorstFirst() =>
    [
        .. _sums.Select((sums, index) => new PartComparison(index, sums.SqnrDb, sums.Cosine, sums.IsConstant))
            .OrderBy(part => part.IsConstant)
            .ThenBy(part => part.SqnrDb),
    ];
}

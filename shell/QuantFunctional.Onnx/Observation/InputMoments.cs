using System.Numerics.Tensors;
using Microsoft.FSharp.Collections;

namespace QuantFunctional.Onnx.Observation;

/// <summary>The second moments of what a product reads: of each two inputs, the sum of their products over all rows.</summary>
/// <remarks>
/// Products of two float32 numbers are exact in double, and each sum is made in the order of the rows, so that neither the vectors'
/// width nor fused instructions change it. Of many inputs only those of one block are looked at together. About the means of the
/// inputs, moments are of what is left where a bias takes the mean error away.
/// </remarks>
internal sealed class InputMoments
{
    private const int RowsTogether = 16; // while a row of sums is in the fastest memory
    private readonly int _inputs;
    private readonly double[][] _sums;
    private readonly double[] _totals;
    private double[] _rows = [];

    /// <summary>Nothing seen yet.</summary>
    /// <param name="inputs">How many inputs the product has.</param>
    internal InputMoments(int inputs)
    {
        _inputs = inputs;
        _totals = new double[inputs];
        _sums = [.. Enumerable.Range(0, BlocksOf(inputs)).Select(block => new double[Size(block) * Size(block)])];
    }

    /// <summary>How many rows were seen.</summary>
    internal long Rows { get; private set; }

    /// <summary>How many inputs are looked at together at most.</summary>
    internal int MostTogether => Size(0);

    /// <summary>The memory that the moments of so many inputs take.</summary>
    internal static long Bytes(int inputs) =>
        (long)BlocksOf(inputs) * Math.Min(inputs, FSharp.SecondMoments.mostInputs) * Math.Min(inputs, FSharp.SecondMoments.mostInputs) * sizeof(double);

    /// <summary>Adds rows, one after the other.</summary>
    internal void Add(ReadOnlySpan<float> rows)
    {
        if (rows.Length % _inputs != 0)
            throw new InvalidOperationException($"A product of {_inputs} inputs reads {rows.Length} numbers.");
        Rows += rows.Length / _inputs;
        for (; !rows.IsEmpty; rows = rows[Math.Min(rows.Length, RowsTogether * _inputs)..])
        {
            var some = rows[..Math.Min(rows.Length, RowsTogether * _inputs)];
            for (var block = 0; block < _sums.Length; block++)
                AddTo(block, some);
        }
    }

    /// <summary>The moments in blocks of inputs that follow each other, or why there are none.</summary>
    /// <param name="moments">The blocks.</param>
    /// <param name="refusal">Why there are none.</param>
    /// <param name="aboutMeans">Whether the mean of each input is taken off first.</param>
    internal bool TryGet(out FSharpList<SecondMoments> moments, out Refusal? refusal, bool aboutMeans = false)
    {
        var blocks = new List<SecondMoments>();
        for (var block = 0; block < _sums.Length; block++)
        {
            if (!FSharp.SecondMoments.create(Size(block), aboutMeans ? AboutMeans(block) : Whole(block)).TryOpen(out var made, out refusal))
            {
                moments = [];
                return false;
            }

            blocks.Add(made);
        }

        (moments, refusal) = (ListModule.OfSeq(blocks), null);
        return true;
    }

    private static int BlocksOf(int inputs) => (inputs + FSharp.SecondMoments.mostInputs - 1) / FSharp.SecondMoments.mostInputs;

    private int Size(int block) => Math.Min(_inputs - (block * FSharp.SecondMoments.mostInputs), FSharp.SecondMoments.mostInputs);

    /// <summary>Adds to the sums on and right of the diagonal.</summary>
    private void AddTo(int block, ReadOnlySpan<float> rows)
    {
        var (size, count, sums) = (Size(block), rows.Length / _inputs, _sums[block]);
        if (_rows.Length < RowsTogether * size)
            _rows = new double[RowsTogether * size];
        for (var row = 0; row < count; row++)
        {
            var read = rows.Slice((row * _inputs) + (block * FSharp.SecondMoments.mostInputs), size);
            var real = _rows.AsSpan(row * size, size);
            TensorPrimitives.ConvertTruncating<float, double>(read, real);
            var totals = _totals.AsSpan(block * FSharp.SecondMoments.mostInputs, size);
            TensorPrimitives.Add(totals, real, totals);
        }

        for (var input = 0; input < size; input++)
        {
            var target = sums.AsSpan((input * size) + input, size - input);
            for (var row = 0; row < count; row++)
            {
                var own = _rows[(row * size) + input];
                if (own != 0)
                    TensorPrimitives.MultiplyAdd(_rows.AsSpan((row * size) + input, size - input), own, target, target);
            }
        }
    }

    private double[] Whole(int block)
    {
        var (size, sums) = (Size(block), _sums[block]);
        for (var row = 1; row < size; row++)
        {
            for (var column = 0; column < row; column++)
                sums[(row * size) + column] = sums[(column * size) + row];
        }

        return sums;
    }

    private double[] AboutMeans(int block)
    {
        var (size, sums) = (Size(block), Whole(block));
        var totals = _totals.AsSpan(block * FSharp.SecondMoments.mostInputs, size);
        var moments = new double[sums.Length];
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column < size; column++)
                moments[(row * size) + column] = sums[(row * size) + column] - (totals[row] * totals[column] / Rows);
        }

        for (var input = 0; input < size; input++)
        {
            // an input that is always the same leaves what sums were rounded by
            if (moments[input * (size + 1)] > Math.ScaleB(sums[input * (size + 1)], -40))
                continue;
            for (var other = 0; other < size; other++)
                moments[(input * size) + other] = moments[(other * size) + input] = 0;
        }

        return moments;
    }
}

using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Products of two tensors that are made in the run, as QLinearMatMul computes them.</summary>
internal static class ActivationProducts
{
    /// <summary>The product of stored integers; null where the factor to the result is no normal float32.</summary>
    /// <param name="one">How the first operand is stored.</param>
    /// <param name="other">How the second one is stored.</param>
    /// <param name="output">How the result is stored.</param>
    internal static Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Of(Storage one, Storage other, Storage output)
    {
        var factor = one.Step * other.Step / output.Step;
        return float.IsNormal(factor) ? x => Product(x[0], x[1]) : null;

        IntegerTensor Product(IntegerTensor a, IntegerTensor b)
        {
            if (a.Sizes.Length < 2 || b.Sizes.Length < 2 || a.Sizes[^1] != b.Sizes[^2])
                throw new ArgumentException("the shapes of its inputs do not fit");
            var (rows, inner, columns) = (a.Sizes[^2], a.Sizes[^1], b.Sizes[^1]);
            var batch = StridedView.Common([.. a.Sizes[..^2]], [.. b.Sizes[..^2]])
                ?? throw new ArgumentException("the shapes of its inputs do not fit");
            var left = StridedView.Broadcast(a, [.. batch, rows, inner]).Values;
            var right = StridedView.Broadcast(b, [.. batch, inner, columns]).Values;
            var values = new int[batch.Aggregate(1, (product, size) => product * size) * rows * columns];
            for (var i = 0; i < values.Length; i++)
            {
                var (row, column) = (i / columns, i % columns);
                var matrix = row / rows * inner * columns;
                var sum = 0;
                for (var k = 0; k < inner; k++)
                {
                    var product = (left[(row * inner) + k] - one.ZeroPoint) * (right[matrix + (k * columns) + column] - other.ZeroPoint);
                    sum = checked(sum + product);
                }

                values[i] = Stored(sum);
            }

            return StridedView.Tensor([.. batch, rows, columns], values);
        }

        int Stored(int sum) => (int)MathF.Round(
            Math.Clamp(sum * factor, output.Lowest - output.ZeroPoint, output.Highest - output.ZeroPoint), MidpointRounding.ToEven)
            + output.ZeroPoint;
    }
}

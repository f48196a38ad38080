using System.Collections.Immutable;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Operators between layers that compute new integers from stored ones, as an engine's kernels do.</summary>
/// <param name="kernels">The engine's kernels.</param>
/// <param name="index">The graph.</param>
/// <param name="opset">The version of the standard's operators.</param>
internal sealed class Operators(IOperatorKernels kernels, GraphIndex index, long opset)
{
    /// <summary>What a node computes; null where no integer kernel is known.</summary>
    /// <param name="node">The node.</param>
    /// <param name="inputs">How its data inputs are stored.</param>
    /// <param name="output">How its output is to be stored.</param>
    internal Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Read(
        NodeProto node, IReadOnlyList<Storage> inputs, Storage output)
    {
        if (!NodeAttributes.IsDefaultDomain(node.Domain))
            return null;
        switch (node.OpType)
        {
            case "Add":
                return Sum(inputs[0], inputs[1], output);
            case "Mul" when kernels.Multiply(inputs[0], inputs[1], output) is { } multiply:
                return x => Pairwise(x[0], x[1], multiply);
            case "Sigmoid":
                return Lookup(kernels.Sigmoid(inputs[0], output), inputs[0]);
            case "LeakyRelu":
                return Lookup(kernels.LeakyRelu(node.GetFloat("alpha", 0.01f), inputs[0], output), inputs[0]);
            case "Concat":
                return Concat(node, inputs, output);
            case "Where" when index.Initializer(node.Input[0]) is { } condition:
                return Choose(condition, inputs, output);
            case "AveragePool" when PoolGeometry.CanAverage(node)
                && kernels.Average(inputs[0], output, node.GetInt("count_include_pad", 0) != 0) is { } average:
                return x => average(PoolGeometry.Of(node, x[0]), x[0]);
            case "GlobalAveragePool" when kernels.GlobalAverage(inputs[0], output) is { } mean:
                return x => Planes(x[0], mean);
            case "MatMul" when kernels is OnnxRuntimeKernels { IsFused: true }:
                return ActivationProducts.Of(inputs[0], inputs[1], output);
            case "Softmax" when kernels.Softmax(inputs[0], output, 1 << 20) is not null:
                return opset < 13
                    ? x => Matrix(x[0], node.GetInt("axis", 1), flat => Rows(flat, 1, Softmax))
                    : x => Rows(x[0], node.GetInt("axis", -1), Softmax);
            default:
                return kernels is OnnxRuntimeKernels ? Real(node, inputs, output) : null;
        }

        Func<int[], int[]> Softmax(int count) => kernels.Softmax(inputs[0], output, count)
            ?? throw Diagnostics.RowsTooLong.Fault($"rows of {count} elements are more than its kernel's sum holds in float32");
    }

    /// <summary>What ONNX Runtime computes in float32 between conversions, where every processor gives the same integers.</summary>
    private Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Real(
        NodeProto node, IReadOnlyList<Storage> inputs, Storage output) => node.OpType switch
        {
            "Sub" => x => Pairwise(x[0], x[1], Between(inputs, output, (a, b) => a - b)),
            "Div" => x => Pairwise(x[0], x[1], Between(inputs, output, (a, b) => a / b)),
            "Max" => Extreme(inputs, output, Math.Max),
            "Min" => Extreme(inputs, output, Math.Min),
            "PRelu" when index.Initializer(node.Input[1]) is { } slopes => Sloped(slopes, inputs[0], output),
            _ => Lookup(FunctionTable.Of(node, index, inputs[0], output), inputs[0]),
        };

    /// <summary>What ONNX Runtime computes in float32 of a chain between conversions; null where an entry lies near a tie.</summary>
    internal static Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Read(ElementChain chain, GraphIndex index, Storage input, Storage output) =>
        Lookup(FunctionTable.Of(chain, index, input, output), input);

    private static Func<int, int, int> Between(IReadOnlyList<Storage> inputs, Storage output, Func<float, float, float> compute) =>
        (a, b) => FSharp.Storage.quantize(
            output, compute(FSharp.Storage.dequantize(inputs[0], a), FSharp.Storage.dequantize(inputs[1], b)));

    // rounding is monotone, so that the largest stored number stands for the largest real one
    private Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Extreme(
        IReadOnlyList<Storage> inputs, Storage output, Func<int, int, int> choose)
    {
        var moved = inputs.Select(input => Requantize(input, output)).ToList();
        return moved.Contains(null)
            ? null
            : x => x.Select((tensor, i) => moved[i]!([tensor])).Aggregate((one, other) => Pairwise(one, other, choose));
    }

    private static Func<IReadOnlyList<IntegerTensor>, IntegerTensor> Sloped(TensorProto slopes, Storage input, Storage output)
    {
        var values = TensorData.Floats(slopes);
        var places = StridedView.Tensor(slopes.Dims.Select(size => (int)size), [.. Enumerable.Range(0, values.Length)]);
        return x => Pairwise(x[0], places, (stored, place) =>
        {
            var real = FSharp.Storage.dequantize(input, stored);
            return FSharp.Storage.quantize(output, real >= 0 ? real : values[place] * real);
        });
    }

    /// <summary>The same real numbers in another storage.</summary>
    internal Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Requantize(Storage input, Storage output) =>
        input.Equals(output) ? x => x[0] : Lookup(kernels.Requantize(input, output), input);

    private static Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Lookup(ImmutableArray<int>? table, Storage input) =>
        table is { } entries
            ? x => StridedView.Tensor(x[0].Sizes, [.. x[0].Values.Select(stored => entries[stored - input.Lowest])])
            : null;

    private Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Sum(Storage one, Storage other, Storage output)
    {
        var sums = new[] { JoinRuns.Alike, JoinRuns.FirstRepeats, JoinRuns.SecondRepeats }
            .ToDictionary(runs => runs, runs => kernels.Add(one, other, output, runs));
        return sums.ContainsValue(null)
            ? null
            : x => Pairwise(x[0], x[1], sums[JoinShapes.Runs(x[0].Sizes, x[1].Sizes)]!);
    }

    private static IntegerTensor Pairwise(IntegerTensor one, IntegerTensor other, Func<int, int, int> combine)
    {
        var sizes = StridedView.Common(one.Sizes, other.Sizes)
            ?? throw new ArgumentException("the shapes of its inputs do not fit");
        var (a, b) = (StridedView.Broadcast(one, sizes).Values, StridedView.Broadcast(other, sizes).Values);
        var values = new int[a.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = combine(a[i], b[i]);
        return StridedView.Tensor(sizes, values);
    }

    private Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Concat(
        NodeProto node, IReadOnlyList<Storage> inputs, Storage output)
    {
        var parts = inputs.Select(input => Lookup(kernels.Requantize(input, output), input)).ToList();
        return parts.Contains(null)
            ? null
            : x => Join([.. x.Select((part, i) => parts[i]!([part]))], (int)node.GetInt("axis", 0));
    }

    private Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Choose(
        TensorProto condition, IReadOnlyList<Storage> inputs, Storage output)
    {
        var branches = inputs.Select(input => Lookup(kernels.Requantize(input, output), input)).ToList();
        if (branches.Contains(null))
            return null;
        var where = StridedView.Tensor(
            condition.Dims.Select(size => (int)size), Array.ConvertAll(TensorData.Integers(condition), v => (int)v));
        return x =>
        {
            var (then, otherwise) = (branches[0]!([x[0]]), branches[1]!([x[1]]));
            var sizes = StridedView.Common(then.Sizes, otherwise.Sizes) is { } both && StridedView.Common(both, where.Sizes) is { } all
                ? all
                : throw new ArgumentException("the shapes of its inputs do not fit");
            var (mask, a, b) = (StridedView.Broadcast(where, sizes), StridedView.Broadcast(then, sizes), StridedView.Broadcast(otherwise, sizes));
            return StridedView.Tensor(sizes, [.. mask.Values.Select((m, i) => m != 0 ? a.Values[i] : b.Values[i])]);
        };
    }

    private static IntegerTensor Join(IReadOnlyList<IntegerTensor> parts, int axis)
    {
        var sizes = parts[0].Sizes.ToArray();
        axis = axis < 0 ? axis + sizes.Length : axis;
        sizes[axis] = parts.Sum(part => part.Sizes[axis]);
        var rows = sizes.Take(axis).Aggregate(1, (product, size) => product * size);
        var values = new List<int>();
        for (var row = 0; row < rows; row++)
        {
            foreach (var part in parts)
            {
                var length = part.Values.Length / rows;
                values.AddRange(part.Values.AsSpan().Slice(row * length, length));
            }
        }

        return StridedView.Tensor(sizes, [.. values]);
    }

    private static IntegerTensor Planes(IntegerTensor x, Func<int[], int> pool)
    {
        var length = x.Sizes.Skip(2).Aggregate(1, (product, size) => product * size);
        var values = x.Values.Chunk(length).Select(pool).ToArray();
        return StridedView.Tensor([x.Sizes[0], x.Sizes[1], .. Enumerable.Repeat(1, x.Sizes.Length - 2)], values);
    }

    /// <summary>What a function makes of the matrix whose rows are all axes from one on.</summary>
    private static IntegerTensor Matrix(IntegerTensor x, long axis, Func<IntegerTensor, IntegerTensor> ofMatrix)
    {
        var at = (int)(axis < 0 ? axis + x.Sizes.Length : axis);
        var rows = x.Sizes.Take(at).Aggregate(1, (product, size) => product * size);
        var made = ofMatrix(new IntegerTensor([rows, x.Values.Length / Math.Max(rows, 1)], x.Values));
        return new IntegerTensor(x.Sizes, made.Values);
    }

    private static IntegerTensor Rows(IntegerTensor x, long axis, Func<int, Func<int[], int[]>> ofLength)
    {
        var at = (int)(axis < 0 ? axis + x.Sizes.Length : axis);
        var last = x.Sizes.Length - 1;
        var order = Enumerable.Range(0, x.Sizes.Length).ToArray();
        (order[at], order[last]) = (order[last], order[at]);
        var turned = StridedView.Permute(x, order);
        var row = ofLength(x.Sizes[at]);
        var values = turned.Values.Chunk(x.Sizes[at]).SelectMany(row).ToArray();
        return StridedView.Permute(StridedView.Tensor(turned.Sizes, values), order);
    }
}

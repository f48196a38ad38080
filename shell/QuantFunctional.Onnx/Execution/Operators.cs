using System.Collections.Immutable;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Operators between layers that compute new integers from stored ones, as ONNX Runtime's kernels do.</summary>
internal static class Operators
{
    /// <summary>What a node computes; null where no integer kernel is known.</summary>
    /// <param name="node">The node.</param>
    /// <param name="inputs">How its data inputs are stored.</param>
    /// <param name="output">How its output is to be stored.</param>
    internal static Func<IReadOnlyList<IntegerTensor>, IntegerTensor>? Read(
        NodeProto node, IReadOnlyList<Storage> inputs, Storage output)
    {
        if (!NodeAttributes.IsDefaultDomain(node.Domain))
            return null;
        switch (node.OpType)
        {
            case "Add":
                return Sum(inputs[0], inputs[1], output);
            case "Mul":
                var multiply = FSharp.Elementwise.multiply(inputs[0], inputs[1], output);
                return x => Pairwise(x[0], x[1], (a, b) => multiply.Invoke(a).Invoke(b));
            case "Sigmoid":
                return Lookup(FSharp.Tables.sigmoid(inputs[0], output), inputs[0]);
            case "LeakyRelu":
                return Lookup(FSharp.Tables.leakyRelu(node.GetFloat("alpha", 0.01f), inputs[0], output), inputs[0]);
            case "Concat":
                return Concat(node, inputs, output);
            case "AveragePool" when PoolGeometry.CanAverage(node):
                var countPadding = node.GetInt("count_include_pad", 0) != 0;
                return x => FSharp.Pools.average(inputs[0], output, countPadding, PoolGeometry.Of(node, x[0]), x[0]);
            case "GlobalAveragePool":
                return x => Planes(x[0], plane => FSharp.Pools.globalAverage(inputs[0], output, plane));
            case "Softmax" when output.Step <= 1:
                return x => Rows(x[0], node.GetInt("axis", -1), count => FSharp.Softmax.ofRow(inputs[0], output, count).Invoke);
            default:
                return null;
        }
    }

    /// <summary>The same real numbers in another storage.</summary>
    internal static Func<IReadOnlyList<IntegerTensor>, IntegerTensor> Requantize(Storage input, Storage output) =>
        input.Equals(output) ? x => x[0] : Lookup(FSharp.Tables.requantize(input, output), input);

    private static Func<IReadOnlyList<IntegerTensor>, IntegerTensor> Lookup(ImmutableArray<int> table, Storage input) =>
        x => StridedView.Tensor(x[0].Sizes, [.. x[0].Values.Select(stored => table[stored - input.Lowest])]);

    /// <summary>The operand that is one number for each run of the other is added first, whichever it is.</summary>
    private static Func<IReadOnlyList<IntegerTensor>, IntegerTensor> Sum(Storage one, Storage other, Storage output)
    {
        var inOrder = FSharp.Elementwise.add(one, other, output);
        var swapped = FSharp.Elementwise.add(other, one, output);
        return x => IsOneForEachRun(x[0].Sizes, x[1].Sizes)
            ? Pairwise(x[1], x[0], (a, b) => swapped.Invoke(a).Invoke(b))
            : Pairwise(x[0], x[1], (a, b) => inOrder.Invoke(a).Invoke(b));
    }

    /// <summary>Whether a tensor repeats along the last axis on which the two go apart from 1.</summary>
    private static bool IsOneForEachRun(IReadOnlyList<int> sizes, IReadOnlyList<int> others)
    {
        for (var back = 1; back <= others.Count; back++)
        {
            var size = back <= sizes.Count ? sizes[^back] : 1;
            if (size != 1 || others[^back] != 1)
                return size == 1;
        }

        return false;
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

    private static Func<IReadOnlyList<IntegerTensor>, IntegerTensor> Concat(
        NodeProto node, IReadOnlyList<Storage> inputs, Storage output)
    {
        var tables = inputs.Select(input => Lookup(FSharp.Tables.requantize(input, output), input)).ToList();
        return x => Join([.. x.Select((part, i) => tables[i]([part]))], (int)node.GetInt("axis", 0));
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

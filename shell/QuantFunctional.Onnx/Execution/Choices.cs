using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Operators that choose single elements by their place, or by how large they are.</summary>
internal static class Choices
{
    /// <summary>GatherElements: of each line along an axis the elements of the indices.</summary>
    internal static IntegerTensor GatherElements(IntegerTensor x, TensorProto indices, long axis)
    {
        var at = Axis(axis, x.Sizes.Length);
        var wanted = TensorData.Integers(indices);
        int[] sizes = [.. indices.Dims.Select(size => (int)size)];
        var strides = StridedView.Strides(x.Sizes);
        return Made(sizes, place => place
            .Select((index, i) => i == at ? Inside(wanted[Flat(place, sizes)], x.Sizes[at]) * strides[i] : index * strides[i])
            .Sum(), x);
    }

    /// <summary>GatherND: the slices that the last axis of the indices names.</summary>
    internal static IntegerTensor GatherSlices(IntegerTensor x, TensorProto indices)
    {
        var depth = (int)indices.Dims[^1];
        var wanted = TensorData.Integers(indices);
        var strides = StridedView.Strides(x.Sizes);
        var length = x.Sizes.Skip(depth).Aggregate(1, (product, size) => product * size);
        var values = wanted.Chunk(depth).SelectMany(index =>
        {
            var start = index.Select((at, axis) => Inside(at, x.Sizes[axis]) * strides[axis]).Sum();
            return x.Values.AsSpan().Slice(start, length).ToArray();
        });
        return StridedView.Tensor(indices.Dims.SkipLast(1).Select(size => (int)size).Concat(x.Sizes.Skip(depth)), [.. values]);
    }

    /// <summary>Compress: the indices of an axis, or the elements in a row, for which a condition holds.</summary>
    internal static IntegerTensor Compress(IntegerTensor x, TensorProto condition, NodeProto node)
    {
        int[] chosen = [.. TensorData.Integers(condition).Select((holds, i) => holds != 0 ? i : -1).Where(i => i >= 0)];
        if (!node.Attribute.Any(attribute => attribute.Name == "axis"))
            return StridedView.Tensor([chosen.Length], [.. chosen.Select(i => x.Values[i])]);
        var axis = Axis(node.GetInt("axis", 0), x.Sizes.Length);
        return StridedView.Pick(x, [.. x.Sizes.Select((size, i) => i == axis ? chosen : [.. Enumerable.Range(0, size)])]);
    }

    /// <summary>ReverseSequence: of each batch the first elements in time, in the reverse order.</summary>
    internal static IntegerTensor ReverseSequence(IntegerTensor x, long[] lengths, int batch, int time)
    {
        var strides = StridedView.Strides(x.Sizes);
        return Made([.. x.Sizes], place =>
        {
            var length = (int)lengths[place[batch]];
            var moved = place[time] < length ? length - 1 - place[time] : place[time];
            return place.Select((index, axis) => (axis == time ? moved : index) * strides[axis]).Sum();
        }, x);
    }

    /// <summary>TopK: the largest or smallest elements of an axis, the first of equal ones first.</summary>
    internal static IntegerTensor Largest(IntegerTensor x, int count, long axis, bool largest)
    {
        var at = Axis(axis, x.Sizes.Length);
        var last = x.Sizes.Length - 1;
        var order = Enumerable.Range(0, x.Sizes.Length).ToArray();
        (order[at], order[last]) = (order[last], order[at]);
        var turned = StridedView.Permute(x, order);
        var rows = turned.Values.Chunk(x.Sizes[at]).Select(row => largest ? row.OrderDescending() : row.Order());
        int[] sizes = [.. turned.Sizes.Take(last), count];
        return StridedView.Permute(StridedView.Tensor(sizes, [.. rows.SelectMany(row => row.Take(count))]), order);
    }

    /// <summary>Pad: with a number, with the elements at the edge, or with those that are mirrored or come around.</summary>
    internal static IntegerTensor Pad(IntegerTensor x, long[] pads, long[]? axes, string mode, int zero)
    {
        var rank = x.Sizes.Length;
        var (before, after) = (new int[rank], new int[rank]);
        for (var i = 0; i < pads.Length / 2; i++)
        {
            var axis = axes is null ? i : Axis(axes[i], rank);
            (before[axis], after[axis]) = ((int)pads[i], (int)pads[i + (pads.Length / 2)]);
        }

        var strides = StridedView.Strides(x.Sizes);
        return Made([.. x.Sizes.Select((size, axis) => before[axis] + size + after[axis])], place =>
        {
            var from = 0;
            for (var axis = 0; axis < rank; axis++)
            {
                var (at, size) = (place[axis] - before[axis], x.Sizes[axis]);
                if (mode == "constant" && (at < 0 || at >= size))
                    return -1;
                from += strides[axis] * mode switch
                {
                    "edge" => Math.Clamp(at, 0, size - 1),
                    "reflect" => Mirrored(at, size),
                    "wrap" => ((at % size) + size) % size,
                    _ => at,
                };
            }

            return from;
        }, x, zero);
    }

    private static int Mirrored(int at, int size)
    {
        var period = Math.Max(1, 2 * (size - 1));
        at = ((at % period) + period) % period;
        return at < size ? at : period - at;
    }

    /// <summary>A tensor of elements that are found by their place; -1 stands for a number of its own.</summary>
    private static IntegerTensor Made(int[] sizes, Func<int[], int> sourceOf, IntegerTensor x, int other = 0)
    {
        var values = new int[sizes.Aggregate(1, (product, size) => product * size)];
        var place = new int[sizes.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var source = sourceOf(place);
            values[i] = source < 0 ? other : x.Values[source];
            for (var axis = sizes.Length - 1; axis >= 0 && ++place[axis] == sizes[axis]; axis--)
                place[axis] = 0;
        }

        return StridedView.Tensor(sizes, values);
    }

    private static int Flat(int[] place, int[] sizes) => place.Select((index, axis) => (index, axis))
        .Aggregate(0, (flat, at) => (flat * sizes[at.axis]) + at.index);

    private static int Inside(long index, int size) => (int)(index < 0 ? index + size : index);

    private static int Axis(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}

using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace QuantFunctional.Onnx.Model;

/// <summary>Other orders and parts of a tensor's elements: axes that step through it, each with its own distance.</summary>
internal static class StridedView
{
    /// <summary>A tensor of whole numbers.</summary>
    internal static IntegerTensor Tensor(IEnumerable<int> sizes, int[] values) =>
        new([.. sizes], ImmutableCollectionsMarshal.AsImmutableArray(values));

    /// <summary>The distance between neighbours along each axis.</summary>
    internal static int[] Strides(IReadOnlyList<int> sizes)
    {
        var strides = new int[sizes.Count];
        var distance = 1;
        for (var axis = sizes.Count - 1; axis >= 0; axis--)
        {
            strides[axis] = distance;
            distance *= sizes[axis];
        }

        return strides;
    }

    /// <summary>The elements met by going along the axes from a start; a stride of 0 repeats, a negative one reverses.</summary>
    internal static IntegerTensor Copy(
        IntegerTensor tensor, int start, IReadOnlyList<int> sizes, IReadOnlyList<int> strides) =>
        Tensor(sizes, Elements(tensor.Values.AsSpan(), start, sizes, strides));

    /// <summary>The elements with the axes in the given order: axis i of the result is axis order[i] of the values.</summary>
    internal static T[] Permuted<T>(ReadOnlySpan<T> values, IReadOnlyList<int> sizes, IReadOnlyList<int> order)
    {
        var strides = Strides(sizes);
        return Elements(values, 0, [.. order.Select(axis => sizes[axis])], [.. order.Select(axis => strides[axis])]);
    }

    private static T[] Elements<T>(ReadOnlySpan<T> from, int start, IReadOnlyList<int> sizes, IReadOnlyList<int> strides)
    {
        var values = new T[sizes.Aggregate(1, (product, size) => checked(product * size))];
        var place = new int[sizes.Count];
        var at = start;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = from[at];
            for (var axis = sizes.Count - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++place[axis] < sizes[axis])
                    break;
                at -= strides[axis] * sizes[axis];
                place[axis] = 0;
            }
        }

        return values;
    }

    /// <summary>The elements at these places of each axis.</summary>
    internal static IntegerTensor Pick(IntegerTensor tensor, int[][] places)
    {
        var (sizes, strides) = (Array.ConvertAll(places, axis => axis.Length), Strides(tensor.Sizes));
        var values = new int[sizes.Aggregate(1, (product, size) => checked(product * size))];
        var place = new int[sizes.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var at = 0;
            for (var axis = 0; axis < sizes.Length; axis++)
                at += places[axis][place[axis]] * strides[axis];
            values[i] = tensor.Values[at];
            for (var axis = sizes.Length - 1; axis >= 0 && ++place[axis] == sizes[axis]; axis--)
                place[axis] = 0;
        }

        return Tensor(sizes, values);
    }

    /// <summary>The tensor with its axes in another order.</summary>
    internal static IntegerTensor Permute(IntegerTensor tensor, int[] order) =>
        Tensor(Array.ConvertAll(order, axis => tensor.Sizes[axis]), Permuted(tensor.Values.AsSpan(), tensor.Sizes, order));

    /// <summary>The tensor repeated along axes of length 1 until it has the sizes given.</summary>
    internal static IntegerTensor Broadcast(IntegerTensor tensor, IReadOnlyList<int> sizes)
    {
        if (tensor.Sizes.SequenceEqual(sizes))
            return tensor;
        var missing = sizes.Count - tensor.Sizes.Length;
        var own = Strides(tensor.Sizes);
        var strides = sizes.Select((_, axis) =>
            axis < missing || tensor.Sizes[axis - missing] == 1 ? 0 : own[axis - missing]);
        return Copy(tensor, 0, sizes, [.. strides]);
    }

    /// <summary>The sizes that two tensors have after each was repeated to fit the other; null where they do not fit.</summary>
    internal static int[]? Common(IReadOnlyList<int> one, IReadOnlyList<int> other)
    {
        var rank = Math.Max(one.Count, other.Count);
        int At(IReadOnlyList<int> sizes, int axis) => axis < rank - sizes.Count ? 1 : sizes[axis - rank + sizes.Count];
        var sizes = new int[rank];
        for (var axis = 0; axis < rank; axis++)
        {
            var (a, b) = (At(one, axis), At(other, axis));
            if (a != b && a != 1 && b != 1)
                return null;
            sizes[axis] = a == 1 ? b : a;
        }

        return sizes;
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Constants of float32 with their axes in another order.</summary>
internal static class ConstantViews
{
    /// <summary>The elements with the axes in the given order: axis i of the result is axis order[i] of the tensor.</summary>
    internal static float[] Transposed(TensorProto tensor, IReadOnlyList<int> order)
    {
        var values = TensorData.Floats(tensor);
        var strides = new long[tensor.Dims.Count];
        var stride = 1L;
        for (var axis = strides.Length - 1; axis >= 0; stride *= tensor.Dims[axis], axis--)
            strides[axis] = stride;

        var result = new float[values.Length];
        var at = new long[order.Count];
        var from = 0L;
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = values[from];
            for (var axis = order.Count - 1; axis >= 0; axis--)
            {
                from += strides[order[axis]];
                if (++at[axis] < tensor.Dims[order[axis]])
                    break;
                from -= at[axis] * strides[order[axis]];
                at[axis] = 0;
            }
        }

        return result;
    }

    /// <summary>The order that exchanges the last two axes.</summary>
    internal static IReadOnlyList<int> LastTwo(int rank) => [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2];
}

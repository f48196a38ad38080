using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Constants of float32 with their axes in another order.</summary>
internal static class ConstantViews
{
    /// <summary>The elements with the axes in the given order: axis i of the result is axis order[i] of the tensor.</summary>
    internal static float[] Transposed(TensorProto tensor, IReadOnlyList<int> order) =>
        StridedView.Permuted<float>(TensorData.Floats(tensor), [.. tensor.Dims.Select(size => checked((int)size))], order);

    /// <summary>The order that exchanges the last two axes.</summary>
    internal static IReadOnlyList<int> LastTwo(int rank) => [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2];
}

using QuantFunctional.Onnx.Calibration;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Quantization;

/// <summary>Which means the bias correction of a scheme's layers needs.</summary>
internal static class InputMeans
{
    /// <summary>The inputs of all layers that can be corrected, each once.</summary>
    internal static IReadOnlyList<ChanneledTensor> Of(Scheme scheme) =>
        [.. scheme.Layers.Select(layer => Of(layer)).OfType<ChanneledTensor>().DistinctBy(input => input.Tensor)];

    /// <summary>The input of a layer, or null where there is no place for a correction: a product without a bias.</summary>
    internal static ChanneledTensor? Of(IntegerNode layer) => layer.Node.OpType switch
    {
        "Conv" => new(layer.Inputs[0], layer.Layer!.Weight.Dims.Count, 1),
        "Gemm" => new(layer.Inputs[0], 2, 1),
        _ when layer.Layer!.Sum is not null && layer.Layer.RowsShape is { Count: > 0 } rows =>
            new(layer.Inputs[0], rows.Count + 1, rows.Count),
        _ => null,
    };
}

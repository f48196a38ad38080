using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx;

/// <summary>What a model's input takes, and how samples are fed to it.</summary>
/// <param name="Name">The input's name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Dims">Its dimensions, -1 where any length is taken; null where the model does not say.</param>
/// <param name="BatchAxis">The axis along which several samples lie; null where it has none.</param>
internal sealed record ModelInput(
    string Name, TensorProto.Types.DataType Type, IReadOnlyList<long>? Dims, int? BatchAxis = 0)
{
    /// <summary>The dimensions of one sample, without the batch; null where the model does not say or there is no batch.</summary>
    internal IReadOnlyList<long>? SampleDims =>
        BatchAxis is { } axis && axis < Dims?.Count ? [.. Dims.Where((_, i) => i != axis)] : null;

    /// <summary>How many samples the input takes at once: -1 where any number; null where it has no batch.</summary>
    internal long? Batch => BatchAxis is not { } axis ? null : Dims is null ? -1 : axis < Dims.Count ? Dims[axis] : null;
}

namespace QuantFunctional.Onnx.Reading;

/// <summary>Whose arithmetic a quantized file is read for.</summary>
/// <param name="Asked">The target of every layer; null for the usual one of each layer's width.</param>
/// <param name="Usual">The target of layers with 8-bit activations where none is asked for.</param>
/// <param name="KeepsSigned">
/// Whether ONNX Runtime is told to leave signed activations signed (session.qdqisint8allowed, which ARM does by itself);
/// else x64 makes them unsigned where it can.
/// </param>
internal sealed record ReadingTarget(BackendProfile? Asked, BackendProfile Usual, bool KeepsSigned = false)
{
    /// <summary>The target asked for, else ONNX Runtime with 8-bit activations.</summary>
    internal static ReadingTarget Of(BackendProfile? profile) => new(profile, FSharp.BackendProfile.OnnxRuntime);

    /// <summary>The target of what stands between the layers.</summary>
    internal BackendProfile BetweenLayers => Asked ?? Usual;

    /// <summary>The target of a layer, by its input. TFLite's kernels take 16-bit activations without a zero point alone.</summary>
    internal BackendProfile OfLayer(Encoding input) =>
        Asked
        ?? (input.Type == ScalarType.Int8 ? Usual
            : input.ZeroPoint == 0 ? FSharp.BackendProfile.Tflite
            : FSharp.BackendProfile.Reference);
}

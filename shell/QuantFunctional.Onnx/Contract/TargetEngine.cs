namespace QuantFunctional.Onnx;

/// <summary>What is to load a quantized file, besides ONNX Runtime.</summary>
public enum TargetEngine
{
    /// <summary>ONNX Runtime alone, from the oldest release that can be.</summary>
    OnnxRuntime,

    /// <summary>
    /// OpenCV's dnn module, too, whose release 5.0 takes the bias of a Gemm only as a real constant; ONNX Runtime makes the same
    /// integers of it from 1.21 on.
    /// </summary>
    OpenCV,
}

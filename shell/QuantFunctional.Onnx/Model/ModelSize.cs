
namespace QuantFunctional.Onnx.Model;

/// <summary>How large a model is with its external data.</summary>
internal static class ModelSize
{
    /// <summary>The bytes of the file, or of the model with its external data read in, where that is more.</summary>
    internal static long OnDisk(string path, OnnxModel model) =>
        Math.Max(new FileInfo(path).Length, model.Proto.CalculateSize());
}

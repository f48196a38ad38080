
namespace QuantFunctional.Onnx.Model;

/// <summary>How large a model is with its external data.</summary>
internal static class ModelSize
{
    /// <summary>The bytes as they were given, or of the model with its external data read in, where that is more.</summary>
    internal static long Of(ModelSource source, OnnxModel model) => Math.Max(
        source.Path is { } path ? new FileInfo(path).Length : source.Bytes.Length, model.Proto.CalculateSize());
}

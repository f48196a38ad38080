using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>How large a model is with its external data.</summary>
internal static class ModelSize
{
    /// <summary>Tests make every model a large one.</summary>
    internal static readonly AsyncLocal<long?> Override = new();

    /// <summary>
    /// The weights beyond which a model is written with external data: a document can have 2 GB, and engines need some of that
    /// themselves.
    /// </summary>
    private const long MostInside = 1_500_000_000;

    /// <summary>
    /// The weights beyond which they are worked on one after the other, none is held that can be read or made again, and ONNX Runtime
    /// maps them from a file.
    /// </summary>
    private const long MostHeld = 64 << 20;

    /// <summary>The bytes as they were given, or of the model with its external data read in, where that is more.</summary>
    internal static long Of(ModelSource source, OnnxModel model) => Math.Max(
        source.Path is { } path ? new FileInfo(path).Length : source.Bytes.Length, Of(model.Proto));

    /// <summary>The bytes of a document with all data in it, also where that is more than one document can have.</summary>
    internal static long Of(ModelProto model)
    {
        var weights = Weights(model);
        // the size is an int, which wraps
        return weights > MostInside ? weights + (uint)(model.CalculateSize() - (int)weights) : model.CalculateSize();
    }

    /// <summary>Whether a model is written as a file with its weights beside it.</summary>
    internal static bool IsLarge(ModelProto model) => IsLarge(Weights(model));

    /// <summary>Whether so many bytes of weights do not stay in the model.</summary>
    internal static bool IsLarge(long weights) => weights > (Override.Value ?? MostInside);

    /// <summary>Whether the weights of a model are not held together where they can be read or made again.</summary>
    internal static bool IsPassedThrough(ModelProto model) => Weights(model) > Math.Min(MostHeld, Override.Value ?? MostHeld);

    private static long Weights(ModelProto model) => GraphWalk.Tensors(model.Graph).Sum(tensor => (long)tensor.RawData.Length);
}

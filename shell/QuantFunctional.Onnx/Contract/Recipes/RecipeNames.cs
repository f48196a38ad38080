using QuantFunctional.Documents;

namespace QuantFunctional.Onnx;

/// <summary>The names that recipes give to options. They are part of the format.</summary>
internal static class RecipeNames
{
    /// <summary>How layers compute.</summary>
    internal static NameTable<Precision> Precisions => Names.Precisions;

    /// <summary>What is to load the file.</summary>
    internal static NameTable<TargetEngine> Engines { get; } = new("engine", [
        ("onnxruntime", TargetEngine.OnnxRuntime),
        ("opencv", TargetEngine.OpenCV),
    ]);
}

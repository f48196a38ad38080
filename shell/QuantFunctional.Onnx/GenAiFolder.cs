using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx;

/// <summary>Folders as ONNX Runtime GenAI runs them.</summary>
public static class GenAiFolder
{
    /// <summary>The model of a folder, which its <c>genai_config.json</c> names; the path itself where it is no folder.</summary>
    /// <param name="path">A folder, or an ONNX file.</param>
    /// <exception cref="QuantException">The folder does not name a decoder, or names one that is run in another way.</exception>
    public static string DecoderOf(string path) => ModelFolder.DecoderOf(ModelSource.FromFile(path)).Path!;
}

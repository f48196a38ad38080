using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>A session, and the graph that ONNX Runtime runs in it: what it writes after its own optimization.</summary>
internal static class OptimizedGraph
{
    /// <summary>Opens a session; the caller disposes of it. No graph where no temporary file can be written.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Makes the session's options.</param>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model.</exception>
    internal static (InferenceSession Session, ModelProto? Optimized) Open(OnnxModel model, Func<SessionOptions> options)
    {
        DirectoryInfo folder;
        try
        {
            folder = Directory.CreateTempSubdirectory("quantfn-");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            using var plain = options();
            return (OrtSessions.Open(model, plain), null);
        }

        try
        {
            var file = Path.Combine(folder.FullName, "optimized.onnx");
            using var writing = options();
            writing.OptimizedModelFilePath = file;
            if (ModelSize.IsPassedThrough(model.Proto))
            {
                writing.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", "optimized.data");
                writing.AddSessionConfigEntry(
                    "session.optimized_model_external_initializers_min_size_in_bytes",
                    FileBytes.Smallest.ToString(CultureInfo.InvariantCulture));
            }

            return (OrtSessions.Open(model, writing), TryRead(file));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ModelProto? TryRead(string file)
    {
        try
        {
            var optimized = ModelProto.Parser.ParseFrom(File.ReadAllBytes(file));
            ExternalData.Inline(optimized, file);
            return optimized;
        }
        catch (IOException)
        {
            return null;
        }
    }
}

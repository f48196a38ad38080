using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace QuantFunctional.Onnx.Model;

/// <summary>
/// Hands large models to ONNX Runtime as a file, with the weights beside it: it maps them, where it copies those of one piece more
/// than once.
/// </summary>
internal static class ModelOnDisk
{
    /// <summary>Opens a session of a model that was written to a temporary folder, which is removed then.</summary>
    /// <exception cref="QuantException">There is no room for the files.</exception>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime does not accept the model.</exception>
    internal static InferenceSession Open(OnnxModel model, SessionOptions options)
    {
        var folder = Path.GetTempPath();
        try
        {
            folder = Directory.CreateTempSubdirectory("quantfn-").FullName;
            return new InferenceSession(Write(model, folder), options);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Diagnostics.WriteFailed.Fault(
                $"{model.Path}: ONNX Runtime reads a model of this size from a file, which cannot be written to {folder} "
                + $"({fault.Message.TrimEnd('.')}); make room there, or name another folder for temporary files.",
                file: model.Path, inner: fault);
        }
        finally
        {
            Remove(folder);
        }
    }

    private static string Write(OnnxModel model, string folder)
    {
        using var stream = new FileStream(Path.Combine(folder, "model.data"), FileMode.CreateNew, FileAccess.ReadWrite);
        var document = new DataFile("model.data", stream).Refer(model.Proto);
        var path = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(path, document.ToByteArray());
        return path;
    }

    // where the session maps the weights, the system may keep the file until it is closed
    private static void Remove(string folder)
    {
        if (folder == Path.GetTempPath())
            return;
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}

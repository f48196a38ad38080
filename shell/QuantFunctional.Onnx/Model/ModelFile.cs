using Microsoft.Win32.SafeHandles;

namespace QuantFunctional.Onnx.Model;

/// <summary>Reads a file into memory, with refusals instead of the platform's exceptions.</summary>
internal static class ModelFile
{
    /// <summary>The most that a protobuf document, and so a model, can have: 2 GB.</summary>
    internal const int MaxBytes = 0x7FFF_FFC7;

    /// <summary>All bytes of a file.</summary>
    /// <exception cref="QuantException">The file is missing, unreadable, empty or larger than 2 GB.</exception>
    internal static byte[] ReadAll(string path)
    {
        using var file = Open(path, "the model");
        if (!file.CanSeek)
            throw Diagnostics.NotAFile.Fault($"{path}: the model is a pipe or device; name a file.", file: path);
        if (file.Length == 0)
            throw Diagnostics.NotOnnx.Fault($"{path}: not an ONNX model, since the file is empty.", file: path);
        if (file.Length > MaxBytes)
            throw Diagnostics.ModelTooLarge.Fault($"{path}: larger than 2 GB; keep the weights in an external data file.", file: path);
        var bytes = new byte[file.Length];
        ReadExactly(file, bytes, path);
        return bytes;
    }

    /// <summary>Opens a file for reading; <paramref name="what"/> names its role in a refusal.</summary>
    internal static FileStream Open(string path, string what)
    {
        if (Directory.Exists(path))
            throw Diagnostics.NotAFile.Fault($"{path}: {what} is a folder; name a file.", file: path);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Diagnostics.FileMissing.Fault($"{path}: {what} does not exist; check the path.", file: path, inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Diagnostics.FileUnreadable.Fault($"{path}: {what} cannot be read: {e.Message}", file: path, inner: e);
        }
    }

    /// <summary>Fills the span from a place of a file.</summary>
    /// <exception cref="QuantException">The file cannot be read, or has become shorter.</exception>
    internal static void ReadExactly(SafeFileHandle file, long offset, Span<byte> bytes, string path)
    {
        try
        {
            while (bytes.Length > 0)
            {
                var read = RandomAccess.Read(file, bytes, offset);
                if (read == 0)
                    throw new EndOfStreamException("it has become shorter.");
                bytes = bytes[read..];
                offset += read;
            }
        }
        catch (IOException e)
        {
            throw Diagnostics.FileUnreadable.Fault($"{path}: cannot be read: {e.Message}", file: path, inner: e);
        }
    }

    /// <summary>Fills the span from the stream's position.</summary>
    internal static void ReadExactly(FileStream file, Span<byte> bytes, string path)
    {
        try
        {
            file.ReadExactly(bytes);
        }
        catch (IOException e)
        {
            throw Diagnostics.FileUnreadable.Fault($"{path}: cannot be read: {e.Message}", file: path, inner: e);
        }
    }
}

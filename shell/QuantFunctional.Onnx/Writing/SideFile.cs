using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Writing;

/// <summary>The file of weights beside a quantized model, until both are moved into place.</summary>
/// <param name="path">Where it goes, or what it is made for.</param>
/// <param name="file">The file until then.</param>
/// <param name="isKept">Whether it stays; else it holds the weights until the model does.</param>
internal sealed class SideFile(string path, TemporaryFile file, bool isKept) : IDisposable
{
    private readonly DataFile _data = new(Path.GetFileName(path), file.Stream);

    /// <summary>Whether it stays beside the model.</summary>
    internal bool IsKept => isKept;

    /// <summary>How long it is so far.</summary>
    internal long Length => _data.Length;

    /// <summary>What is to be moved into place before the model.</summary>
    internal IReadOnlyList<FileToWrite> Files => [new FileToWrite(path, _ => { }) { Filled = file }];

    /// <summary>Writes a tensor, which is read from the file from now on.</summary>
    internal void Keep(TensorProto tensor) => Guarded(() =>
    {
        _data.Keep(tensor);
        return true;
    });

    /// <summary>The document of a model whose weights are in this file, which takes those that it has not.</summary>
    internal ModelProto Refer(OnnxModel model) => Guarded(() =>
    {
        var document = _data.Refer(model.Proto);
        file.Stream.Flush(flushToDisk: true);
        return document;
    });

    /// <summary>Removes it where it was not moved.</summary>
    public void Dispose() => file.Dispose();

    private T Guarded<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (IOException fault)
        {
            throw Diagnostics.WriteFailed.Fault(
                $"{path}: cannot be written ({fault.Message.TrimEnd('.')}).",
                file: path, inner: fault);
        }
    }
}

/// <summary>A model that was written.</summary>
/// <param name="Document">Its bytes where it has no file.</param>
/// <param name="Length">Their number, with those of the file of weights.</param>
internal sealed record WrittenModelFile(byte[]? Document, long Length)
{
    /// <summary>Where the model is: in its file, or in memory where none was written.</summary>
    internal ModelSource Source(string? path, string name) => path ?? ModelSource.FromBytes(Document, name);
}

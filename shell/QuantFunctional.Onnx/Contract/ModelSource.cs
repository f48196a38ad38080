namespace QuantFunctional.Onnx;

/// <summary>An ONNX model: a file, or its bytes in memory.</summary>
/// <remarks>A path, or the bytes themselves, can stand wherever a source is wanted.</remarks>
public sealed class ModelSource
{
    private ModelSource(string name, string? path, ReadOnlyMemory<byte> bytes) => (Name, Path, Bytes) = (name, path, bytes);

    /// <summary>What messages call the model: its path, or the name that was given with its bytes.</summary>
    public string Name { get; }

    /// <summary>The file; null where the model is in memory.</summary>
    public string? Path { get; }

    /// <summary>The content of a model in memory; empty where the model is a file.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>A model in a file, with the external data beside it.</summary>
    /// <param name="path">An ONNX file.</param>
    public static ModelSource FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(path, path, default);
    }

    /// <summary>A model in memory, without external data.</summary>
    /// <param name="bytes">The content of an ONNX file. It is read, and must not change, until the work is done.</param>
    /// <param name="name">What messages and plans call it.</param>
    public static ModelSource FromBytes(ReadOnlyMemory<byte> bytes, string name = "model in memory")
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, null, bytes);
    }

    /// <summary>A model that is read from a stream to its end, without external data.</summary>
    /// <param name="stream">The content of an ONNX file; it stays open.</param>
    /// <param name="name">What messages and plans call it.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="QuantException">The stream holds more than 2 GB, which no ONNX file can.</exception>
    public static Task<ModelSource> FromStreamAsync(
        Stream stream, string name = "model in memory", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return ReadToEnd(stream, name, cancellationToken);
    }

    /// <summary>A model in a file.</summary>
    public static implicit operator ModelSource(string path) => FromFile(path);

    /// <summary>A model in memory.</summary>
    public static implicit operator ModelSource(ReadOnlyMemory<byte> bytes) => FromBytes(bytes);

    /// <summary>A model in memory.</summary>
    public static implicit operator ModelSource(byte[] bytes) => FromBytes(bytes);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static async Task<ModelSource> ReadToEnd(Stream stream, string name, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        try
        {
            await stream.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException fault) when (bytes.Length > int.MaxValue / 2)
        {
            throw Diagnostics.ModelTooLarge.Fault(
                $"{name}: larger than 2 GB in one piece, which ONNX files cannot be.",
                file: name, inner: fault);
        }

        return new(name, null, bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
    }
}

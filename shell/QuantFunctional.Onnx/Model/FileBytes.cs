using System.Buffers;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;

namespace QuantFunctional.Onnx.Model;

/// <summary>
/// A piece of a file as the bytes of a tensor: read when they are looked at, and forgotten when nobody holds them any more, so
/// that a model can be larger than the memory. The file stays open, and so the same, whatever becomes of its name.
/// </summary>
internal sealed class FileBytes : MemoryManager<byte>
{
    /// <summary>Smaller pieces are read at once and kept.</summary>
    internal const int Smallest = 1 << 20;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _offset;
    private readonly int _length;
    private readonly WeakReference<byte[]?> _read = new(null);

    private FileBytes(SafeFileHandle file, string path, long offset, int length) =>
        (_file, _path, _offset, _length) = (file, path, offset, length);

    /// <summary>A piece of a file that was found to be so long.</summary>
    internal static ByteString Of(SafeFileHandle file, string path, long offset, int length) =>
        UnsafeByteOperations.UnsafeWrap(new FileBytes(file, path, offset, length).CreateMemory(length));

    /// <summary>Whether bytes are such a piece.</summary>
    internal static bool Are(ByteString bytes) => MemoryMarshal.TryGetMemoryManager<byte, FileBytes>(bytes.Memory, out _);

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        // whoever has the span holds the array
        if (_read.TryGetTarget(out var held))
            return held;
        var bytes = GC.AllocateUninitializedArray<byte>(_length);
        ModelFile.ReadExactly(_file, _offset, bytes, _path);
        _read.SetTarget(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Unpin() => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // the handle is shared, and is closed with the last piece
    }
}

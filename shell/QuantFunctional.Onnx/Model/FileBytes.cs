using System.Buffers;
using System.Runtime.CompilerServices;
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

    private const int RowsAtOnce = 16;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _offset;
    private readonly int _length;
    private readonly int _columns;
    private readonly WeakReference<byte[]?> _read = new(null);

    private FileBytes(SafeFileHandle file, string path, long offset, int length, int columns = 0) =>
        (_file, _path, _offset, _length, _columns) = (file, path, offset, length, columns);

    /// <summary>A piece of a file that was found to be so long.</summary>
    internal static ByteString Of(SafeFileHandle file, string path, long offset, int length) =>
        UnsafeByteOperations.UnsafeWrap(new FileBytes(file, path, offset, length).CreateMemory(length));

    /// <summary>Whether bytes are such a piece.</summary>
    internal static bool Are(ByteString bytes) => Piece(bytes) is not null;

    /// <summary>A matrix of float32 in a file with its rows as columns; null where the bytes are not in a file as they are.</summary>
    /// <param name="bytes">The matrix.</param>
    /// <param name="columns">How many columns it has.</param>
    internal static ByteString? Transposed(ByteString bytes, int columns) => Piece(bytes) is { _columns: 0 } piece
        ? UnsafeByteOperations.UnsafeWrap(
            new FileBytes(piece._file, piece._path, piece._offset, piece._length, columns).CreateMemory(piece._length))
        : null;

    /// <summary>Whether one piece is the other one with its rows as columns, both from one place of a file.</summary>
    internal static bool AreTransposed(ByteString matrix, ByteString other, int columns) =>
        Piece(matrix) is { _columns: 0 } first && Piece(other) is { } second && second._columns == columns
        && first._file == second._file && first._offset == second._offset && first._length == second._length;

    /// <summary>Such a piece as elements, which are the caller's own.</summary>
    internal static T[] Read<T>(ByteString bytes)
        where T : unmanaged
    {
        var piece = Piece(bytes) ?? throw new ArgumentException("These are no bytes of a file.", nameof(bytes));
        var elements = GC.AllocateUninitializedArray<T>(piece._length / Unsafe.SizeOf<T>());
        piece.ReadInto(MemoryMarshal.AsBytes(elements.AsSpan()));
        return elements;
    }

    /// <summary>Some bytes of any tensor; those of a file are read without what is around them.</summary>
    internal static void CopyTo(ByteString bytes, int from, Span<byte> part)
    {
        if (Piece(bytes) is { _columns: 0 } piece)
            ModelFile.ReadExactly(piece._file, piece._offset + from, part, piece._path);
        else
            bytes.Span.Slice(from, part.Length).CopyTo(part);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        // whoever has the span holds the array
        if (_read.TryGetTarget(out var held))
            return held;
        var bytes = GC.AllocateUninitializedArray<byte>(_length);
        ReadInto(bytes);
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

    private static FileBytes? Piece(ByteString bytes) =>
        MemoryMarshal.TryGetMemoryManager<byte, FileBytes>(bytes.Memory, out var piece) ? piece : null;

    private void ReadInto(Span<byte> bytes)
    {
        if (_columns == 0)
        {
            ModelFile.ReadExactly(_file, _offset, bytes, _path);
            return;
        }

        // a few rows at once, so that neither is the whole read nor each line of memory written many times
        var turned = MemoryMarshal.Cast<byte, float>(bytes);
        var rows = turned.Length / _columns;
        var some = new float[Math.Min(rows, RowsAtOnce) * _columns];
        for (var first = 0; first < rows; first += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, rows - first);
            ModelFile.ReadExactly(
                _file, _offset + ((long)first * _columns * sizeof(float)), MemoryMarshal.AsBytes(some.AsSpan(0, count * _columns)), _path);
            for (var column = 0; column < _columns; column++)
            {
                for (var row = 0; row < count; row++)
                    turned[(column * rows) + first + row] = some[(row * _columns) + column];
            }
        }
    }
}

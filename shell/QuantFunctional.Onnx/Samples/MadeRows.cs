using System.Runtime.InteropServices;

namespace QuantFunctional.Onnx.Samples;

/// <summary>Rows of 64-bit integers that no memory holds: each of ones, or each counted from 0.</summary>
/// <param name="rows">How many rows.</param>
/// <param name="length">How long each is.</param>
/// <param name="areCounted">Whether they count.</param>
internal sealed class MadeRows(long rows, long length, bool areCounted) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length { get; } = checked(rows * length * sizeof(long));

    /// <inheritdoc/>
    public override long Position { get; set; }

    /// <summary>Gives whole integers; whoever reads asks for such.</summary>
    public override int Read(Span<byte> buffer)
    {
        var elements = MemoryMarshal.Cast<byte, long>(buffer[..(int)Math.Min(buffer.Length, Length - Position)]);
        var first = Position / sizeof(long);
        for (var i = 0; i < elements.Length; i++)
            elements[i] = areCounted ? (first + i) % length : 1;
        Position += elements.Length * sizeof(long);
        return elements.Length * sizeof(long);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Length,
    };

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

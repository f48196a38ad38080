using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace QuantFunctional.Formats;

/// <summary>Reads an array sample by sample along its first axis. Its memory does not grow with the array.</summary>
public sealed class SampleReader : IDisposable
{
    private const int ChunkBytes = 1 << 16;

    // A sample is held whole: a small file must not ask for more memory than a machine has to spare
    private const long AlwaysHeld = 32L << 20;
    private const int MostUnpacked = 50;
    private readonly Stream _stream;
    private readonly IDisposable? _owner;
    private readonly bool _swap;
    private readonly long _dataBytes;
    private readonly long? _packedBytes;
    private long _sampleLength;
    private long _bytesRead;
    private byte[]? _chunk;

    private SampleReader(Stream stream, NpyHeader header, IDisposable? owner, long? packedBytes)
    {
        _packedBytes = packedBytes;
        _stream = stream;
        _owner = owner;
        _swap = header.BigEndian == BitConverter.IsLittleEndian;
        _dataBytes = header.DataBytes;
        _sampleLength = header.Info.SampleLength;
        Info = header.Info;
        RefuseBomb();
    }

    /// <summary>Name, element type and shape of the array.</summary>
    public ArrayInfo Info { get; private set; }

    /// <summary>Samples read so far: the index, from 0, of the next one.</summary>
    public long Position { get; private set; }

    internal static SampleReader Start(Stream stream, long length, string file, string name, IDisposable? owner = null, long? packedBytes = null)
    {
        try
        {
            return new SampleReader(stream, NpyHeader.Read(stream, length, file, name), owner, packedBytes);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads elements without a header, in C order and in this machine's order of bytes.</summary>
    internal static SampleReader Raw(Stream stream, ArrayInfo info) =>
        new(stream, new NpyHeader(info, !BitConverter.IsLittleEndian, stream.Length), owner: null, packedBytes: null);

    /// <summary>Reads the next sample, each element converted to <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">
    /// A primitive number. What becomes a float is rounded to nearest (too large for it: infinity); a bool becomes 0 or
    /// 1.
    /// </typeparam>
    /// <param name="sample">Takes the elements in C order; as long as one sample.</param>
    /// <returns>False when there are no more samples.</returns>
    /// <exception cref="QuantException">
    /// The file ends early or is damaged, or a value does not fit the integer type <typeparamref name="T"/>.
    /// </exception>
    public bool TryRead<T>(Span<T> sample)
        where T : unmanaged, INumberBase<T>
    {
        if (sample.Length != _sampleLength)
            throw new ArgumentException("The buffer must be as long as one sample.", nameof(sample));
        if (Position == Info.SampleCount)
            return false;
        switch (Info.ElementType)
        {
            case ElementType.Bool: ReadTruths(sample); break;
            case ElementType.UInt8: Read<byte, T>(sample); break;
            case ElementType.UInt16: Read<ushort, T>(sample); break;
            case ElementType.UInt32: Read<uint, T>(sample); break;
            case ElementType.UInt64: Read<ulong, T>(sample); break;
            case ElementType.Int8: Read<sbyte, T>(sample); break;
            case ElementType.Int16: Read<short, T>(sample); break;
            case ElementType.Int32: Read<int, T>(sample); break;
            case ElementType.Int64: Read<long, T>(sample); break;
            case ElementType.Float16: Read<Half, T>(sample); break;
            case ElementType.Float32: Read<float, T>(sample); break;
            default: Read<double, T>(sample); break;
        }

        Position++;
        return true;
    }

    /// <summary>Passes over the next sample.</summary>
    internal void Skip()
    {
        var bytes = _sampleLength * Info.ElementType.Size();
        if (_stream.CanSeek)
        {
            _stream.Seek(bytes, SeekOrigin.Current);
            _bytesRead += bytes;
        }
        else
        {
            _chunk ??= GC.AllocateUninitializedArray<byte>(ChunkBytes);
            for (; bytes > 0; bytes -= Math.Min(bytes, ChunkBytes))
                Fill(_chunk.AsSpan(0, (int)Math.Min(bytes, ChunkBytes)), swap: false);
        }

        Position++;
    }

    /// <summary>Takes the whole array as one sample: its shape gets a first axis of length 1.</summary>
    internal void TakeAsOneSample()
    {
        Info = new ArrayInfo(Info.File, Info.Name, Info.ElementType, [1, .. Info.Shape]);
        _sampleLength = Info.SampleLength;
        RefuseBomb();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _owner?.Dispose();
    }

    private void RefuseBomb()
    {
        var bytes = Info.SampleCount == 0 ? 0 : _dataBytes / Info.SampleCount;
        if (_packedBytes is { } packed && bytes > AlwaysHeld && bytes / MostUnpacked > packed)
        {
            throw Diagnostics.PackedTooTightly.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{Info} unpacks {packed} bytes to {bytes}, more than {MostUnpacked} times as many, which no data of use does; "
                + $"where it is right, save it with numpy.savez, not numpy.savez_compressed."),
                file: Info.File);
        }
    }

    private void Read<TFrom, TTo>(Span<TTo> sample)
        where TFrom : unmanaged, INumberBase<TFrom>
        where TTo : unmanaged, INumberBase<TTo>
    {
        if (typeof(TFrom) == typeof(TTo))
        {
            Fill(sample);
            return;
        }

        try
        {
            while (!sample.IsEmpty)
            {
                var chunk = Chunk<TFrom>(sample.Length);
                for (var i = 0; i < chunk.Length; i++)
                    sample[i] = TTo.CreateChecked(chunk[i]);
                sample = sample[chunk.Length..];
            }
        }
        catch (OverflowException fault)
        {
            throw Diagnostics.ValueDoesNotFit.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{Info} ({Info.ElementType.Name()}) holds a value in sample {Position} that does not fit "
                + $"{ElementTypes.FromClr(typeof(TTo))?.Name() ?? typeof(TTo).Name}."),
                file: Info.File, inner: fault);
        }
    }

    private void ReadTruths<T>(Span<T> sample)
        where T : unmanaged, INumberBase<T>
    {
        while (!sample.IsEmpty)
        {
            var chunk = Chunk<byte>(sample.Length);
            for (var i = 0; i < chunk.Length; i++)
                sample[i] = chunk[i] == 0 ? T.Zero : T.One;
            sample = sample[chunk.Length..];
        }
    }

    private Span<T> Chunk<T>(int wanted)
        where T : unmanaged
    {
        _chunk ??= GC.AllocateUninitializedArray<byte>(ChunkBytes);
        var room = MemoryMarshal.Cast<byte, T>(_chunk.AsSpan());
        var chunk = room[..Math.Min(room.Length, wanted)];
        Fill(chunk);
        return chunk;
    }

    private void Fill<T>(Span<T> elements, bool swap = true)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(elements);
        int read;
        try
        {
            read = _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (Exception fault) when (Faults.IsExpected(fault))
        {
            throw Faults.Unreadable(Info.File, fault);
        }

        _bytesRead += read;
        if (read < bytes.Length)
        {
            throw Diagnostics.NpyTruncated.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{Info} declares {_dataBytes} bytes of elements, but ends after {_bytesRead}; write it again."),
                file: Info.File);
        }

        if (_swap && swap)
            Swap(bytes, Info.ElementType.Size());
    }

    private static void Swap(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 2:
                var two = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                var four = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                var eight = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }
}

using System.Runtime.InteropServices;

namespace QuantFunctional.Images;

/// <summary>The bytes of an array of images, each of which is decoded when the reader comes to it.</summary>
internal sealed class PixelStream : Stream
{
    private readonly IReadOnlyList<string> _files;
    private readonly ImageInput _input;
    private readonly ImageReader _reader;
    private readonly float[][] _values;
    private readonly bool _isBgr;
    private readonly byte[] _pixels;
    private readonly byte[] _sample;
    private long _decoded = -1;

    internal PixelStream(IReadOnlyList<string> files, ImageInput input, ImageOptions options)
    {
        (_files, _input) = (files, input);
        _reader = new ImageReader(input.Width, input.Height, options.Resize);
        _values = PixelValues.Of(options, input.Channels);
        _isBgr = options.Order == ImageOrder.Bgr;
        _pixels = new byte[checked(input.Width * input.Height * 3)];
        _sample = new byte[checked(input.Width * input.Height * input.Channels * (input.TakesReals ? sizeof(float) : 1))];
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => (long)_files.Count * _sample.Length;

    /// <inheritdoc/>
    public override long Position { get; set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (Position >= Length || buffer.IsEmpty)
            return 0;
        var index = Position / _sample.Length;
        if (index != _decoded)
        {
            Decode(_files[(int)index]);
            _decoded = index;
        }

        var rest = _sample.AsSpan((int)(Position % _sample.Length));
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        Position += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Decode(string file)
    {
        _reader.Read(file, _pixels);
        var places = _pixels.Length / 3;
        var (perPlace, perChannel) = _input.Layout == ImageLayout.Nhwc ? (_input.Channels, 1) : (1, places);
        var reals = MemoryMarshal.Cast<byte, float>(_sample.AsSpan());
        for (var channel = 0; channel < _input.Channels; channel++)
        {
            // where red, green and blue lie, and in which order they are fed
            var at = (_isBgr && _input.Channels == 3 ? 2 - channel : channel) * perChannel;
            for (var place = 0; place < places; place++, at += perPlace)
            {
                var pixel = _input.Channels == 1 ? Grey(_pixels.AsSpan(place * 3, 3)) : _pixels[(place * 3) + channel];
                if (_input.TakesReals)
                    reals[at] = _values[channel][pixel];
                else
                    _sample[at] = pixel;
            }
        }
    }

    // the brightness of ITU-R BT.601 in 16 bits, as Pillow computes it
    private static byte Grey(ReadOnlySpan<byte> pixel) =>
        (byte)(((pixel[0] * 19595) + (pixel[1] * 38470) + (pixel[2] * 7471) + 0x8000) >> 16);
}

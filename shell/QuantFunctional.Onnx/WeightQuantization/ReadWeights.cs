using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Integer weights of a file, read into memory: each by its output channel and its place within.</summary>
internal sealed class ReadWeights
{
    private readonly IntegerWeight _weight;
    private readonly byte[] _integers;
    private readonly float[] _steps;
    private readonly byte[] _zeros;
    private readonly bool _haveHalfSteps;
    private readonly int _middle;
    private readonly int _rowOfZeros;

    /// <summary>Reads them.</summary>
    /// <exception cref="QuantException">A tensor holds fewer elements than it declares.</exception>
    internal ReadWeights(IntegerWeight weight, string path)
    {
        _weight = weight;
        var filled = (long)weight.Blocks * (weight.BlockSize ?? 0);
        var count = weight.BitsInBytes is null ? TensorData.Count(weight.Integers) : weight.Channels * filled;
        _integers = Elements(weight.Integers, count, path);
        _steps = TensorData.Floats(weight.Steps);
        _haveHalfSteps = TensorData.Type(weight.Steps) == DataType.Float16;
        // each channel of zero points that lie in bytes begins a byte
        _rowOfZeros = weight.BitsInBytes == 4 ? (weight.Blocks + 1) / 2 * 2 : weight.Blocks;
        _zeros = weight.Zeros is { } zeros
            ? Elements(zeros, weight.BitsInBytes is null ? _steps.Length : (long)weight.Channels * _rowOfZeros, path)
            : [];
        _middle = weight.BitsInBytes is { } bits && weight.Zeros is null ? 1 << (bits - 1) : 0;
    }

    /// <summary>The integer of a weight, as the type of the weights has it.</summary>
    internal int Stored(int channel, int input)
    {
        var (row, rowLength) = _weight.BitsInBytes is null
            ? (_weight.InRows ? channel : input, (long)(_weight.InRows ? _weight.Inputs : _weight.Channels))
            : (channel, _weight.Blocks * (long)_weight.BlockSize!.Value);
        return Number(_integers[(row * rowLength) + (_weight.InRows ? input : channel)]) - _middle;
    }

    /// <summary>The integer that stands for 0 in a block of a channel.</summary>
    internal int Zero(int channel, int block)
    {
        if (_zeros.Length == 0)
            return 0;
        return Number(_zeros[_weight.BitsInBytes is null ? Slot(channel, block) : (channel * _rowOfZeros) + block]);
    }

    /// <summary>What a step of the integers is in a block of a channel.</summary>
    internal float Step(int channel, int block) => _steps[Slot(channel, block)];

    /// <summary>Which block a weight lies in.</summary>
    internal int Block(int input) => _weight.BlockSize is { } size ? input / size : 0;

    /// <summary>The real number of a weight, to the bit that DequantizeLinear gives.</summary>
    internal float Real(int channel, int input)
    {
        var block = Block(input);
        var real = (Stored(channel, input) - Zero(channel, block)) * Step(channel, block);
        return _haveHalfSteps ? (float)(Half)real : real;
    }

    private int Slot(int channel, int block) =>
        _steps.Length == 1 ? 0 : _weight.InRows ? (channel * _weight.Blocks) + block : (block * _weight.Channels) + channel;

    private int Number(byte element) => _weight.IsSigned && _middle == 0 ? (sbyte)element : element;

    /// <summary>One byte for each element; those of 4 bits are taken out of theirs, signed ones with their sign.</summary>
    private byte[] Elements(TensorProto tensor, long count, string path)
    {
        ReadOnlySpan<byte> bytes = tensor.RawData.IsEmpty
            ? Array.ConvertAll(tensor.Int32Data.ToArray(), value => unchecked((byte)value))
            : tensor.RawData.Span;
        if (((count * _weight.Bits) + 7) / 8 > bytes.Length)
        {
            throw Diagnostics.TensorDamaged.Fault(
                FormattableString.Invariant($"{path}: tensor '{tensor.Name}' needs {count} elements of {_weight.Bits} bits but holds {bytes.Length} bytes; export the model again."),
                file: path, node: tensor.Name);
        }

        if (_weight.Bits == 8)
            return bytes.ToArray();
        var isSigned = _weight.BitsInBytes is null && _weight.IsSigned;
        var elements = new byte[count];
        for (var at = 0; at < elements.Length; at++)
        {
            var stored = (bytes[at / 2] >> (4 * (at % 2))) & 15;
            elements[at] = unchecked((byte)(isSigned && stored > 7 ? stored - 16 : stored));
        }

        return elements;
    }
}

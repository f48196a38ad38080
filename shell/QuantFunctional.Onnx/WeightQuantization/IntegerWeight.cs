using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Weights that a file holds as integers, with what makes real numbers of them. Nothing is read before it is asked for.</summary>
/// <param name="Name">The product, or the node that gathers rows, by its name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Integers">The integers.</param>
/// <param name="Steps">Their steps.</param>
/// <param name="Zeros">Their zero points; null where 0 stands for 0.</param>
internal sealed record IntegerWeight(string Name, string Operator, TensorProto Integers, TensorProto Steps, TensorProto? Zeros)
{
    /// <summary>The number of output channels; of a table, of its rows.</summary>
    internal required int Channels { get; init; }

    /// <summary>How many weights each of them has.</summary>
    internal required int Inputs { get; init; }

    /// <summary>How many consecutive weights of a channel share a step; null where all of them do.</summary>
    internal int? BlockSize { get; init; }

    /// <summary>Whether it is a table of which rows are gathered.</summary>
    internal bool IsTable { get; init; }

    /// <summary>Whether the file has a row for each channel; else a column.</summary>
    internal bool InRows { get; init; }

    /// <summary>How many bits integers have that lie in bytes without a type of their own, each channel filled up to whole blocks; null where the type says it.</summary>
    internal int? BitsInBytes { get; init; }

    /// <summary>How many steps each channel has.</summary>
    internal int Blocks => BlockSize is { } size ? ((Inputs - 1) / size) + 1 : 1;

    /// <summary>How many bits an integer has.</summary>
    internal int Bits => BitsInBytes ?? TensorData.ElementBits(Integers.DataType);

    /// <summary>Whether integers below 0 stand for something; those in bytes without zero points do once their middle is taken off.</summary>
    internal bool IsSigned => BitsInBytes is null ? TensorData.Type(Integers) is DataType.Int8 or DataType.Int4 : Zeros is null;

    /// <summary>The type as plans spell it: int8, int4, uint4; others may have uint8.</summary>
    internal string Type => FormattableString.Invariant($"{(IsSigned ? "" : "u")}int{Bits}");

    /// <summary>The lowest integer of the type.</summary>
    internal int Lowest => IsSigned ? -(1 << (Bits - 1)) : 0;

    /// <summary>The highest integer of the type.</summary>
    internal int Highest => Lowest + (1 << Bits) - 1;
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reading;

/// <summary>How a QuantizeLinear or DequantizeLinear stores a tensor: one step, or one for each index of an axis.</summary>
/// <param name="Type">The type of the integers.</param>
/// <param name="Steps">One step for the tensor, or one for each index of the axis.</param>
/// <param name="ZeroPoints">As many as there are steps.</param>
/// <param name="Axis">The axis that the steps go along; it means nothing where there is one.</param>
internal sealed record StoredForm(
    DataType Type, IReadOnlyList<float> Steps, IReadOnlyList<int> ZeroPoints, long Axis)
{
    /// <summary>The one storage of the whole tensor; null where the steps differ along an axis.</summary>
    internal Storage? Whole => Steps.Count == 1 && StorageReader.Range(Type) is var (low, high)
        ? new Storage(Steps[0], ZeroPoints[0], low, high)
        : null;
}

/// <summary>Reads what a QuantizeLinear or DequantizeLinear says of its integers.</summary>
internal sealed class StorageReader(GraphIndex index)
{
    /// <summary>The values of an integer type that activations are stored in; null for other types.</summary>
    internal static (int Low, int High)? Range(DataType type) => type switch
    {
        DataType.Uint8 => (byte.MinValue, byte.MaxValue),
        DataType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        DataType.Uint16 => (ushort.MinValue, ushort.MaxValue),
        DataType.Int16 => (short.MinValue, short.MaxValue),
        _ => null,
    };

    /// <summary>Whether the node is one of the two conversions, in either domain that has them.</summary>
    internal static bool Is(NodeProto node, string opType) =>
        node.OpType == opType && (NodeAttributes.IsDefaultDomain(node.Domain) || node.Domain == "com.microsoft");

    /// <summary>The form of the integers; null, with the reason, where no integer kernel could read it.</summary>
    internal StoredForm? Read(NodeProto node, out string reason)
    {
        reason = "";
        if (index.Initializer(node.InputOrEmpty(1)) is not { } steps)
            return Refuse("its step is not a constant", out reason);
        if (!TensorData.IsReal(steps) || node.GetInt("block_size", 0) != 0)
            return Refuse("its steps go over blocks", out reason);
        var zero = index.Initializer(node.InputOrEmpty(2));
        if (zero is null && node.InputOrEmpty(2).Length > 0)
            return Refuse("its zero point is not a constant", out reason);
        var values = TensorData.Floats(steps);
        if (values.Length == 0 || values.Any(step => !float.IsFinite(step) || step <= 0))
            return Refuse("a step is not a positive number", out reason);
        if (zero is not null && Range(TensorData.Type(zero)) is null && TensorData.Type(zero) != DataType.Int32)
            return Refuse($"no integer kernel reads {TensorData.Type(zero)}", out reason);
        var zeros = zero is null ? new long[values.Length] : TensorData.Integers(zero);
        return zeros.Length == values.Length
            ? new StoredForm(Type(node, zero), values, [.. zeros.Select(z => (int)z)], node.GetInt("axis", 1))
            : Refuse("it has another number of zero points than of steps", out reason);
    }

    private DataType Type(NodeProto node, TensorProto? zero)
    {
        if (zero is not null)
            return TensorData.Type(zero);
        if (Is(node, "DequantizeLinear"))
            return index.Initializer(node.Input[0]) is { } data ? TensorData.Type(data) : DataType.Uint8;
        return (DataType)node.GetInt("output_dtype", (long)DataType.Uint8);
    }

    private static StoredForm? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }
}

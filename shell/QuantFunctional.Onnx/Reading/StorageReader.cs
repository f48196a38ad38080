using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reading;

/// <summary>How a QuantizeLinear or DequantizeLinear stores a tensor: one step, or one for each index of an axis.</summary>
/// <param name="Type">The type of the integers.</param>
/// <param name="Steps">One step for the tensor, or one for each index of the axis; 0 where all it holds is 0.</param>
/// <param name="ZeroPoints">As many as there are steps.</param>
/// <param name="Axis">
/// The axis that the steps go along, counted from the end where negative; it means nothing where there is one step.
/// </param>
internal sealed record StoredForm(
    DataType Type, IReadOnlyList<float> Steps, IReadOnlyList<int> ZeroPoints, long Axis)
{
    /// <summary>The one storage of the whole tensor; null where the steps differ along an axis, or no activation has the type.</summary>
    internal Storage? Whole => Steps is [> 0] && StorageReader.Range(Type) is var (low, high)
        ? new Storage(Steps[0], ZeroPoints[0], low, high)
        : null;
}

/// <summary>
/// Reads what a QuantizeLinear or DequantizeLinear says of its integers, as the standard says it from opset 10 to 25: the
/// one place that does.
/// </summary>
/// <param name="index">The graph.</param>
/// <param name="types">The types of the graph's tensors.</param>
internal sealed class StorageReader(GraphIndex index, Func<string, DataType?> types)
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
        if (Steps(node, ref reason) is not { } steps || TypeOf(node, ref reason) is not { } type)
            return null;
        var zero = node.InputOrEmpty(2);
        if (zero.Length == 0)
            return new StoredForm(type, steps, new int[steps.Length], node.GetInt("axis", 1));
        if (index.Initializer(zero) is not { } constant)
            return Refuse<StoredForm>("its zero point is not a constant", out reason);
        var zeros = TensorData.Integers(constant);
        return zeros.Length == steps.Length
            ? new StoredForm(type, steps, [.. zeros.Select(z => (int)z)], node.GetInt("axis", 1))
            : Refuse<StoredForm>("it has another number of zero points than of steps", out reason);
    }

    private float[]? Steps(NodeProto node, ref string reason)
    {
        if (index.Initializer(node.InputOrEmpty(1)) is not { } steps)
            return Refuse<float[]>("its step is not a constant", out reason);
        if (TensorData.Type(steps) != DataType.Float)
            return Refuse<float[]>($"its steps are {Name(TensorData.Type(steps))}, and integer kernels take float32 alone: ONNX Runtime runs it in float", out reason);
        if (steps.Dims.Count > 1 || node.GetInt("block_size", 0) != 0)
            return Refuse<float[]>(
                "its steps go over blocks, which no integer kernel takes; ONNX Runtime makes a QLinearConv of such a Conv all the "
                + "same and fails at its first run (leave blocks to MatMul, or load it with session.disable_quant_qdq=1)",
                out reason);
        var values = TensorData.Floats(steps);
        return values.Length > 0 && values.All(step => float.IsFinite(step) && step >= 0)
            ? values
            : Refuse<float[]>("a step is negative, or no number", out reason);
    }

    /// <summary>
    /// The type of the integers: what DequantizeLinear reads, what QuantizeLinear makes; a zero point only agrees with it.
    /// </summary>
    private DataType? TypeOf(NodeProto node, ref string reason)
    {
        if (types(Is(node, "DequantizeLinear") ? node.Input[0] : node.Output[0]) is not { } type)
            return RefuseType("the type of its integers is not known", out reason);
        return Range(type) is not null || type == DataType.Int32 || PackedIntegers.Are(type)
            ? type
            : RefuseType($"no integer kernel reads {Name(type)}", out reason);
    }

    /// <summary>A type as the standard spells it, in small letters.</summary>
    internal static string Name(DataType type) => type.ToString().ToLowerInvariant();

    private static T? Refuse<T>(string why, out string reason)
        where T : class
    {
        reason = why;
        return null;
    }

    private static DataType? RefuseType(string why, out string reason)
    {
        reason = why;
        return null;
    }
}

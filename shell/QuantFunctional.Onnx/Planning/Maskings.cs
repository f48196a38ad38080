using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>Finds what hides values from a Softmax behind very negative numbers, as attention does.</summary>
internal sealed class Maskings(GraphIndex index, IReadOnlyDictionary<string, ObservedRange> observed)
{
    // masks are written close to the Softmax that they are for
    private const int Furthest = 12;

    /// <summary>Whether a mask is among what a tensor is made of.</summary>
    internal bool Reach(string tensor) => Reach(tensor, Furthest);

    private bool Reach(string tensor, int left)
    {
        if (left == 0 || index.Producer(tensor) is not { } maker || !NodeAttributes.IsDefaultDomain(maker.Domain))
            return false;
        return maker.OpType switch
        {
            "Where" => Operands(maker, 1, 2).Any(IsLow) || Operands(maker, 1, 2).Any(input => Reach(input, left - 1)),
            "Add" or "Sub" => Operands(maker, 0, 1).Any(IsMask) || Operands(maker, 0, 1).Any(input => Reach(input, left - 1)),
            "Mul" or "Div" => Reach(maker.Input[0], left - 1),
            "Reshape" or "Transpose" or "Squeeze" or "Unsqueeze" or "Flatten" or "Expand" or "Identity" =>
                Reach(maker.Input[0], left - 1),
            _ => false,
        };
    }

    private static IEnumerable<string> Operands(NodeProto node, params int[] inputs) => inputs.Select(node.InputOrEmpty);

    /// <summary>A mask is 0 where it hides nothing, and very negative elsewhere; subtracted, the other way round.</summary>
    private bool IsMask(string tensor) => RangeOf(tensor) is { } range
        && ((range.Max == 0 && range.Min <= SoftmaxRows.Masked) || (range.Min == 0 && range.Max >= -SoftmaxRows.Masked));

    private bool IsLow(string tensor) => RangeOf(tensor) is { } range && range.Min <= SoftmaxRows.Masked;

    private ObservedRange? RangeOf(string tensor)
    {
        if (index.Initializer(tensor) is not { } constant)
            return observed.TryGetValue(tensor, out var seen) ? seen : null;
        return TensorData.Type(constant) == TensorProto.Types.DataType.Float && TensorData.Count(constant) > 0
            ? ConstantOperand.WithInfinities(constant)
            : null;
    }
}

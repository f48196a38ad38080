using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Judging;

/// <summary>
/// Finds what hides values from a Softmax behind very negative numbers, as attention does: in 8 bits such a number
/// would leave one step for all others.
/// </summary>
internal sealed class Masks(GraphIndex index)
{
    // e^-1000 is 0 in float32, and no activation that means something comes near
    private const float Hidden = -1000;

    /// <summary>Why an Add, a Where or the Softmax after it stays in float; null where no mask is at work.</summary>
    internal string? Refusal(NodeProto node) => node.OpType switch
    {
        "Add" when Constants(node, 0, 1).FirstOrDefault(c => HidesSome(c, others: 0)) is { } mask =>
            $"'{mask.Name}' is a mask, whose numbers leave no steps for others",
        "Where" when Constants(node, 1, 2).FirstOrDefault(c => HidesSome(c, others: null)) is { } mask =>
            $"'{mask.Name}' is a mask, whose numbers leave no steps for others",
        "Softmax" when index.Producer(node.Input[0]) is { } maker && maker.OpType != "Softmax"
            && Refusal(maker) is not null => "its input is masked",
        _ => null,
    };

    private IEnumerable<TensorProto> Constants(NodeProto node, params int[] inputs) => inputs
        .Select(i => index.Initializer(node.InputOrEmpty(i)))
        .OfType<TensorProto>()
        .Where(tensor => TensorData.Type(tensor) == TensorProto.Types.DataType.Float);

    private static bool HidesSome(TensorProto constant, float? others)
    {
        var values = TensorData.Floats(constant);
        return values.Any(v => v <= Hidden) && values.All(v => v <= Hidden || others is null || v == others);
    }
}

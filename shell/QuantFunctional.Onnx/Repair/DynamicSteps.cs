using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>
/// Finds the step of a MatMulInteger's weights behind it: the sum is cast to real numbers and multiplied by the step, or by
/// its product with the step that a run has found for the input.
/// </summary>
internal static class DynamicSteps
{
    /// <summary>The places of its weights; null, with the reason, where what follows is another pattern.</summary>
    internal static LayerConstantsInFile? Of(NodeProto node, GraphIndex index, out string reason)
    {
        reason = "";
        if (index.SoleConsumer(node.Output[0]) is { OpType: "Cast" } cast
            && index.SoleConsumer(cast.Output[0]) is { OpType: "Mul" } scaled
            && Step(new Slot(scaled, scaled.Input[0] == cast.Output[0] ? 1 : 0), index) is var (step, through))
        {
            // the standard's operator takes one zero point beside several steps
            return new LayerConstantsInFile(new QuantizedConstant(
                new Slot(node, 1), step, new Slot(node, 3), 1, ZeroPerStep: false, Through: through));
        }

        reason = "what follows its sum is not a Cast and a Mul by a constant step, which one reader each has";
        return null;
    }

    private static (Slot Step, Slot? Through)? Step(Slot factor, GraphIndex index)
    {
        if (index.Constant(factor.Tensor) is not null)
            return (factor, null);
        if (index.Producer(factor.Tensor) is not { OpType: "Mul" } product)
            return null;
        foreach (var input in (int[])[0, 1])
        {
            if (index.Constant(product.Input[input]) is not null)
                return (new Slot(product, input), factor);
        }

        return null;
    }
}

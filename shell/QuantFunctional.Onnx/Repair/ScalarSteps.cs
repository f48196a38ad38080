using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Repair;

/// <summary>
/// Makes scalars of steps and zero points of shape [1]. To the standard they are the same, but ONNX Runtime refuses the QLinearAdd
/// and QLinearMul that it makes of them itself.
/// </summary>
internal static class ScalarSteps
{
    /// <summary>Reshapes those of all activations where a sum or product has such; tells how many were reshaped.</summary>
    internal static int Repair(ModelEdits edits)
    {
        var graph = edits.Model.Graph;
        var slots = graph.Node
            .Where(node => StorageReader.Is(node, "QuantizeLinear") || StorageReader.Is(node, "DequantizeLinear"))
            .Where(node => edits.Constant(node.Input[0]) is null)
            .SelectMany(node => Enumerable.Range(1, node.Input.Count - 1).Select(input => new Slot(node, input)))
            .Where(slot => edits.Constant(slot.Tensor) is { Dims: [1] })
            .ToList();
        var touched = slots.SelectMany(slot => slot.Node.Input.Concat(slot.Node.Output)).ToHashSet();
        var isRefused = graph.Node.Any(node => (node.Is("Add") || node.Is("Mul")) && node.Input.Concat(node.Output).Any(touched.Contains));
        if (!isRefused)
            return 0;
        edits.ReplaceTogether(slots, constant =>
        {
            var scalar = constant.Clone();
            scalar.Dims.Clear();
            return scalar;
        });
        return slots.Select(slot => slot.Tensor).Distinct().Count();
    }
}

using System.Collections.Immutable;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reading;

/// <summary>Reads an Add or Mul between conversions as a join of stored integers.</summary>
/// <param name="facts">The tensors' shapes.</param>
internal sealed class JoinReader(TensorFacts facts)
{
    /// <summary>The join; null for other operators, and for integers of more than 8 bits.</summary>
    /// <param name="node">The node.</param>
    /// <param name="twins">The integers that it reads.</param>
    /// <param name="result">How its output is stored, with the range that an activation leaves.</param>
    /// <param name="output">The integer tensor that it makes.</param>
    /// <param name="constants">The integers that no step makes.</param>
    internal ModelJoin? Read(
        NodeProto node, IReadOnlyList<Twin> twins, Storage result, string output,
        IReadOnlyDictionary<string, IntegerTensor> constants)
    {
        if (node.OpType is not ("Add" or "Mul") || !NodeAttributes.IsDefaultDomain(node.Domain))
            return null;
        var operands = twins.Select(twin => twin.Form.Whole!).ToList();
        if (!operands.Append(result).All(storage => storage.Highest - storage.Lowest <= byte.MaxValue))
            return null;
        var join = new Join(
            node.Is("Add") ? JoinOperator.Add : JoinOperator.Mul,
            operands[0],
            operands[1],
            result,
            Values(twins[0], constants),
            Values(twins[1], constants),
            JoinShapes.Possible(Dims(node.Input[0], twins[0], constants), Dims(node.Input[1], twins[1], constants)));
        return new ModelJoin(node.DisplayName(), node.OpType, [.. twins.Select(twin => twin.Tensor)], output, join);
    }

    private static ImmutableArray<int> Values(Twin twin, IReadOnlyDictionary<string, IntegerTensor> constants) =>
        constants.TryGetValue(twin.Tensor, out var constant)
            ? [.. constant.Values.Distinct().Order()]
            : [.. Enumerable.Range(twin.Form.Whole!.Lowest, twin.Form.Whole.Highest - twin.Form.Whole.Lowest + 1)];

    private IReadOnlyList<long>? Dims(string real, Twin twin, IReadOnlyDictionary<string, IntegerTensor> constants)
    {
        if (constants.TryGetValue(twin.Tensor, out var constant))
            return [.. constant.Sizes.Select(size => (long)size)];
        return facts.TryGet(real, out var fact) && fact.Dims.Count > 0 ? fact.Dims : null;
    }
}

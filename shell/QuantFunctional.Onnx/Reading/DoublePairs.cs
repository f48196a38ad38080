using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reading;

/// <summary>
/// Makes one pair of two that follow each other, as ONNX Runtime does before it looks at anything else: it drops the middle
/// two conversions and lets the outer two span what both pairs have in common.
/// </summary>
internal static class DoublePairs
{
    /// <summary>Merges the pairs of a graph whose conversions have constants of their own or shared ones.</summary>
    internal static void Merge(GraphEditor graph)
    {
        foreach (var node in graph.Index.TopologicalOrder.ToList())
        {
            var index = graph.Index;
            if (StorageReader.Is(node, "DequantizeLinear")
                && index.Producer(node.Input[0]) is { } parent
                && StorageReader.Is(parent, "QuantizeLinear")
                && index.SoleReader(node.Output[0]) is { } child
                && StorageReader.Is(child, "QuantizeLinear")
                && index.SoleReader(child.Output[0]) is { } last
                && StorageReader.Is(last, "DequantizeLinear")
                && index.SoleReader(parent.Output[0]) == node)
            {
                Merge(graph, parent, node, child, last);
            }
        }
    }

    private static NodeProto? SoleReader(this GraphIndex index, string tensor) =>
        index.SoleConsumer(tensor) is { } reader && reader.Input.Count(input => input == tensor) == 1 && reader.Input[0] == tensor
            ? reader
            : null;

    private static void Merge(GraphEditor graph, NodeProto parent, NodeProto self, NodeProto child, NodeProto last)
    {
        var index = graph.Index;
        if (Scalars(index, parent) is not { } first
            || Scalars(index, child) is not { } second
            || Scalars(index, self) != first
            || Scalars(index, last) != second
            || first.Type != second.Type)
        {
            return;
        }

        if (first.Zero != second.Zero || Math.Abs(first.Step - second.Step) >= 1e-20f)
        {
            var (step, zero) = Common(first, second);
            var (low, _) = StorageReader.Range(first.Type)!.Value;
            if (zero < low || zero > low + byte.MaxValue)
                return;
            var names = new[]
            {
                graph.AddInitializer(TensorData.Make($"{last.Output[0]}_step", [], [step])),
                graph.AddInitializer(first.Type == DataType.Uint8
                    ? TensorData.Make($"{last.Output[0]}_zero", [], [(byte)zero])
                    : TensorData.Make($"{last.Output[0]}_zero", [], [(sbyte)zero])),
            };
            (parent.Input[1], parent.Input[2]) = (names[0], names[1]);
            (last.Input[1], last.Input[2]) = (names[0], names[1]);
        }

        last.Input[0] = parent.Output[0];
        graph.RemoveNodes([self, child]);
    }

    /// <summary>The step and the zero point that are right where both pairs are.</summary>
    private static (float Step, int Zero) Common(
        (DataType Type, float Step, int Zero) first, (DataType Type, float Step, int Zero) second)
    {
        var (low, high) = StorageReader.Range(first.Type)!.Value;
        var lowest = Math.Max((low - first.Zero) * first.Step, (low - second.Zero) * second.Step);
        var highest = Math.Min((high - first.Zero) * first.Step, (high - second.Zero) * second.Step);
        var step = (highest - lowest) / (high - low);
        return (step, (int)MathF.Round(low - (lowest / step), MidpointRounding.AwayFromZero));
    }

    /// <summary>What a conversion of bytes by scalars holds; null for every other, which stays as it is.</summary>
    private static (DataType Type, float Step, int Zero)? Scalars(GraphIndex index, NodeProto node) =>
        node.Input.Count == 3
        && index.Initializer(node.Input[1]) is { } step
        && index.Initializer(node.Input[2]) is { } zero
        && TensorData.Type(step) == DataType.Float
        && TensorData.Type(zero) is DataType.Uint8 or DataType.Int8
        && IsScalar(step)
        && IsScalar(zero)
            ? (TensorData.Type(zero), TensorData.Floats(step)[0], (int)TensorData.Integers(zero)[0])
            : null;

    private static bool IsScalar(TensorProto tensor) => tensor.Dims.Count <= 1 && TensorData.Count(tensor) == 1;
}

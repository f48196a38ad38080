using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Execution;

/// <summary>
/// Takes away the Casts between a model's float16, bfloat16 or double inputs and outputs and its float32 inside. A run is given
/// numbers that are of the inputs' type already; what it gives is rounded to the outputs'.
/// </summary>
internal static class BoundaryCasts
{
    /// <summary>Makes them Identities, in place, and tells the type of each output that had one.</summary>
    internal static IReadOnlyDictionary<string, DataType> Remove(GraphEditor graph)
    {
        foreach (var input in graph.Model.Inputs.Where(input => IsOther(Type(input))))
        {
            var readers = graph.Index.Consumers(input.Name);
            if (graph.Index.IsGraphOutput(input.Name) || readers.Count == 0 || !readers.All(node => IsCast(node, DataType.Float)))
                continue;
            input.Type.TensorType.ElemType = (int)DataType.Float;
            foreach (var cast in readers)
                HandOn(cast);
        }

        var (rounded, types) = (new Dictionary<string, DataType>(), new StatedTypes(graph.Graph, graph.Index));
        foreach (var output in graph.Graph.Output.Where(output => IsOther(Type(output))))
        {
            // what the Cast reads has to be float32, as a DequantizeLinear makes it, moved or not since
            if (graph.Index.Producer(output.Name) is not { } cast || !IsCast(cast, Type(output))
                || types.Of(cast.Input[0]) != DataType.Float)
                continue;
            rounded[output.Name] = Type(output);
            output.Type.TensorType.ElemType = (int)DataType.Float;
            HandOn(cast);
        }

        graph.Changed();
        return rounded;
    }

    /// <summary>A number of an output's type.</summary>
    internal static float Round(float value, DataType type) => type switch
    {
        DataType.Float16 => (float)(Half)value,
        DataType.Bfloat16 => ((Microsoft.ML.OnnxRuntime.BFloat16)value).ToFloat(),
        _ => value,
    };

    private static void HandOn(NodeProto cast)
    {
        cast.OpType = "Identity";
        cast.Attribute.Clear();
    }

    private static bool IsCast(NodeProto node, DataType to) => node.Is("Cast") && node.GetInt("to", 0) == (long)to;

    private static DataType Type(ValueInfoProto value) => (DataType)(value.Type?.TensorType?.ElemType ?? 0);

    private static bool IsOther(DataType type) => type is DataType.Float16 or DataType.Bfloat16 or DataType.Double;
}

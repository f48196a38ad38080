using QuantFunctional.Onnx.Format;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Model;

/// <summary>
/// The element types that a graph states by itself: of constants, inputs and conversions, and of what only moves their
/// elements. The types that ONNX Runtime's interface cannot pass on come from nowhere else.
/// </summary>
internal sealed class StatedTypes
{
    // operators whose first output has the type of their first input
    private static readonly HashSet<string> Keeping =
    [
        "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Gather", "GatherElements", "GatherND",
        "Expand", "Tile", "Concat", "Split", "Pad", "MaxPool", "DepthToSpace", "SpaceToDepth", "ReduceMax", "ReduceMin",
        "Resize", "Clip", "Relu", "Max", "Min", "ReverseSequence", "ScatterElements", "ScatterND",
    ];

    private readonly GraphIndex _index;
    private readonly Dictionary<string, DataType> _declared = [];

    /// <summary>Reads what a graph states.</summary>
    internal StatedTypes(GraphProto graph, GraphIndex index)
    {
        _index = index;
        foreach (var value in graph.Input.Concat(graph.ValueInfo).Concat(graph.Output))
        {
            if (value.Type?.TensorType is { ElemType: not 0 } type)
                _declared[value.Name] = (DataType)type.ElemType;
        }
    }

    /// <summary>The type of a tensor's elements; null where it takes inference to tell.</summary>
    internal DataType? Of(string tensor)
    {
        // a damaged graph may run in a circle
        for (var seen = new HashSet<string>(); seen.Add(tensor);)
        {
            if (_index.Initializer(tensor) is { } constant)
                return TensorData.Type(constant);
            if (_index.Producer(tensor) is not { } node)
                return Declared(tensor);
            if (Made(node, tensor) is { } made)
                return made;
            if (TypedLike(node) is not { } source)
                return Declared(tensor);
            tensor = source;
        }

        return null;
    }

    private DataType? Declared(string tensor) => _declared.TryGetValue(tensor, out var type) ? type : null;

    private static DataType? Made(NodeProto node, string tensor) => node.OpType switch
    {
        "QuantizeLinear" when node.InputOrEmpty(2).Length == 0 => OutputType(node) ?? DataType.Uint8,
        "DequantizeLinear" => OutputType(node),
        "DynamicQuantizeLinear" => tensor == node.Output[1 % node.Output.Count] ? DataType.Float : DataType.Uint8,
        "Cast" => (DataType)node.GetInt("to", 0),
        _ => null,
    };

    /// <summary>The input whose type an operator's first output has; null where there is none.</summary>
    private static string? TypedLike(NodeProto node) => node.OpType switch
    {
        "QuantizeLinear" => node.InputOrEmpty(2),
        "DequantizeLinear" => node.InputOrEmpty(1),
        var type when Keeping.Contains(type) && node.Input.Count > 0 => node.Input[0],
        _ => null,
    };

    private static DataType? OutputType(NodeProto node) =>
        node.GetInt("output_dtype", 0) is var type and not 0 ? (DataType)type : null;
}

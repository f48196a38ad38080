using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Judging;

/// <summary>Which operators ONNX Runtime's CPU provider runs on 8-bit integers, and under which conditions.</summary>
internal sealed class KernelRules(GraphIndex index, TensorFacts facts, InnerLayers inner)
{
    private readonly LayerFinder _layers = new(index, facts);
    private readonly Normalizations _normalizations = new(index);

    private static readonly string[] Movers =
    [
        "MaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Expand", "Tile", "Slice", "Gather", "Split",
        "Resize", "DepthToSpace", "ReduceMax", "ReduceMin",
    ];

    // What ONNX Runtime may fuse between DequantizeLinear and QuantizeLinear, whether or not it may here.
    private static readonly HashSet<string> Fusible =
    [
        "Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Mul", "Where", "AveragePool", "GlobalAveragePool", "Sigmoid",
        "LeakyRelu", "Softmax", "Concat", "ArgMax", .. Movers,
    ];

    // Past these ONNX Runtime moves QuantizeLinear backward and DequantizeLinear forward.
    private static readonly HashSet<string> Passable =
        ["MaxPool", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice"];

    /// <summary>What is said of a ConvTranspose that could have been written as a Conv.</summary>
    internal const string KeptTransposed = "kept as it is; ONNX Runtime has no integer kernel for it";

    /// <summary>Whether ONNX Runtime moves conversions past the operator, and so integers into it.</summary>
    internal static bool LetsConversionsThrough(NodeProto node) =>
        NodeAttributes.IsDefaultDomain(node.Domain) && Passable.Contains(node.OpType);

    /// <summary>Whether ONNX Runtime has an integer kernel for the operator, under some conditions.</summary>
    internal static bool MightFuse(NodeProto node) =>
        NodeAttributes.IsDefaultDomain(node.Domain) && Fusible.Contains(node.OpType);

    /// <summary>The integer form of a node, or the reason why it stays in float; both null where it has no real data.</summary>
    internal (IntegerNode? Integer, string? Reason) Judge(NodeProto node)
    {
        if (!TouchesReals(node))
            return (null, null);
        if (inner.Of(node) is { } layers)
            return (null, layers);
        if (FlatGraph.IsChoice(node))
            return (null, "it chooses between branches");
        if (!NodeAttributes.IsDefaultDomain(node.Domain))
            return (null, $"operator of the domain {node.Domain}");

        switch (node.OpType)
        {
            case "Conv" or "Gemm" or "MatMul":
                if (_layers.TryFind(node, out var layer, out var reason))
                    return (Make(node, IntegerKernel.Layer, [node.Input[0]]) with { Layer = layer }, null);
                return node.Is("MatMul")
                    ? Data(node, IntegerKernel.Requantizes, [0, 1])
                    : (null, reason);
            case "ConvTranspose":
                return (null, TransposedConvolutions.WhyNot(node, index, facts) ?? KeptTransposed);
            case "Add" when _normalizations.IsEpsilon(node):
                return (null, "part of a normalization that is in float");
            case "Add" or "Mul":
                return Data(node, IntegerKernel.Requantizes, [0, 1]);
            case "Where":
                return Data(node, IntegerKernel.Requantizes, [1, 2]);
            case "AveragePool" when node.GetInts("dilations")?.Any(d => d != 1) == true:
                return (null, "ONNX Runtime's integer kernel has no dilations");
            case "GlobalAveragePool" or "AveragePool" or "Sigmoid" or "LeakyRelu":
                return Data(node, IntegerKernel.Requantizes, [0]);
            case "Softmax":
                return Data(node, IntegerKernel.Softmax, [0]);
            case "Concat":
                return Data(node, IntegerKernel.Joins, [.. Enumerable.Range(0, node.Input.Count)]);
            case "MaxPool" when node.Output.Count > 1 && IsUsed(node.Output[1]):
                return (null, "its indices are read");
            case "Resize" when node.GetString("mode", "nearest") != "nearest":
                return (null, $"no integer kernel in ONNX Runtime for the mode {node.GetString("mode", "")}");
            case "Resize" when node.GetString("coordinate_transformation_mode", "") == "tf_crop_and_resize":
                return (null, "no integer kernel in ONNX Runtime for tf_crop_and_resize");
            case var mover when Movers.Contains(mover):
                return index.Initializer(node.Input[0]) is null
                    ? Data(node, IntegerKernel.Moves, [0])
                    : (null, "it moves a constant");
            case "ArgMax":
                return Data(node, IntegerKernel.ReadsOnly, [0]);
            default:
                return (null, "no integer kernel in ONNX Runtime");
        }
    }

    /// <summary>A layer together with the Add of its bias, or null where the Add is none.</summary>
    internal IntegerNode? WithBias(IntegerNode layer, NodeProto sum) =>
        layer.Layer is { } found && _layers.WithBias(found, sum) is { } whole
            ? layer with { Layer = whole, Outputs = [sum.Output[0]] }
            : null;

    private (IntegerNode?, string?) Data(NodeProto node, IntegerKernel kernel, IReadOnlyList<int> inputs)
    {
        var names = inputs.Select(i => node.InputOrEmpty(i)).ToList();
        foreach (var name in names)
        {
            if (TypeOf(name) is var type and not DataType.Float)
                return (null, $"'{name}' is {type.ToString()?.ToLowerInvariant() ?? "of unknown type"}, not float32");
        }

        foreach (var constant in names.Select(index.Initializer).OfType<TensorProto>())
        {
            var values = TensorData.Floats(constant);
            if (values.Length == 0 || values.Any(v => !float.IsFinite(v)))
                return (null, $"the constant '{constant.Name}' is empty or not finite");
        }

        return (Make(node, kernel, names), null);
    }

    private static IntegerNode Make(NodeProto node, IntegerKernel kernel, IReadOnlyList<string> inputs) => new(
        node,
        kernel,
        inputs,
        kernel == IntegerKernel.ReadsOnly ? [] : node.OpType == "Split" ? [.. node.Output] : [node.Output[0]]);

    private bool TouchesReals(NodeProto node) =>
        node.Output.Concat(node.Input).Any(name => name.Length > 0 && TypeOf(name) is DataType.Float or DataType.Float16
            or DataType.Double or DataType.Bfloat16) && node.OpType is not ("Shape" or "Size");

    private bool IsUsed(string tensor) => index.Consumers(tensor).Count > 0 || index.IsGraphOutput(tensor);

    private DataType? TypeOf(string tensor) => facts.TryGet(tensor, out var fact) ? fact.Type : null;
}

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

    // What ONNX Runtime may fuse between DequantizeLinear and QuantizeLinear, whether or not it may here.
    private static readonly HashSet<string> Fusible =
    [
        "Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Mul", "Where", "AveragePool", "GlobalAveragePool", "Sigmoid",
        "LeakyRelu", "Softmax", "Concat", "ArgMax", "MaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Expand",
        "Tile", "Slice", "Gather", "GatherElements", "Split", "Resize", "DepthToSpace", "ReduceMax", "ReduceMin",
    ];

    // Past these ONNX Runtime moves QuantizeLinear backward and DequantizeLinear forward.
    private static readonly HashSet<string> Passable =
        ["MaxPool", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice"];

    private const string NoKernel = "no integer kernel in ONNX Runtime";

    /// <summary>What is said of a ConvTranspose that could have been written as a Conv.</summary>
    private const string KeptTransposed = "kept as it is; ONNX Runtime has no integer kernel for it";

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

        if (Obstacle(node) is { } obstacle)
            return (null, obstacle);
        return OperatorRules.Of(node.OpType) switch
        {
            { Kernel: IntegerKernel.Layer } => Layer(node),
            { Treatment: Treatment.Integers, Kernel: { } kernel, Data: var data } => Data(node, kernel, data),
            _ => (null, NoKernel),
        };
    }

    /// <summary>
    /// The integer form that a node has where integers stand on both sides of it; null where it has none, or has one anywhere.
    /// </summary>
    internal IntegerNode? BetweenIntegers(NodeProto node)
    {
        if (!NodeAttributes.IsDefaultDomain(node.Domain)
            || OperatorRules.Of(node.OpType) is not { Treatment: Treatment.BetweenIntegers, Kernel: { } kernel, Data: var data })
            return null;
        var isThere = kernel == IntegerKernel.Table ? RealFunctions.Of(node, index) is not null
            : !node.Is("PRelu") || index.Initializer(node.InputOrEmpty(1)) is not null;
        return isThere ? Data(node, kernel, data).Item1 : null;
    }

    /// <summary>Whether a node may be part of a chain: its result is float32, and it is no part of a layer or a normalization.</summary>
    internal bool IsRealPart(NodeProto node) =>
        TypeOf(node.Output[0]) == DataType.Float
        && !(node.Is("Add") && (_normalizations.IsEpsilon(node) || node.Input.Any(input => index.Producer(input) is { } maker && maker.Is("MatMul") && index.SoleConsumer(input) == node)));

    private (IntegerNode?, string?) Layer(NodeProto node)
    {
        if (_layers.TryFind(node, out var layer, out var reason))
            return (Make(node, IntegerKernel.Layer, [node.Input[0]]) with { Layer = layer }, null);
        return node.Is("MatMul") ? Data(node, IntegerKernel.Requantizes, ..2) : (null, reason);
    }

    /// <summary>Why a node does not run as its operator mostly does; null where nothing is in the way.</summary>
    private string? Obstacle(NodeProto node) => node.OpType switch
    {
        "Conv" or "Gemm" or "MatMul" when IsStoredAlready(node.Input[0]) => "its input is stored in fewer bits or in blocks already",
        "Conv" or "Gemm" or "MatMul" when node.Input.Skip(1).Any(IsStoredAlready) => "its weights are stored in fewer bits or in blocks already",
        "Conv" or "MaxPool" or "AveragePool" when SamePadding.IsUncertain(node, Kernel(node), facts.TryGet(node.Input[0], out var fact) ? [.. fact.Dims.Skip(2)] : []) =>
            "its stride is so far above its kernel that auto_pad leaves out elements, of which ONNX Runtime's operators do not agree which",
        "ConvTranspose" => TransposedConvolutions.WhyNot(node, index, facts) ?? KeptTransposed,
        "Add" when _normalizations.IsEpsilon(node) => "part of a normalization that is in float",
        "AveragePool" when node.GetInts("dilations")?.Any(d => d != 1) == true => "ONNX Runtime's integer kernel has no dilations",
        "AveragePool" when node.GetInt("ceil_mode", 0) != 0 && node.GetInt("count_include_pad", 0) != 0 =>
            "its last windows reach beyond the pads (ceil_mode with count_include_pad), and ONNX Runtime's integer kernel counts all of them",
        "MaxPool" when node.Output.Count > 1 && IsUsed(node.Output[1]) => "its indices are read",
        "Resize" when node.GetString("mode", "nearest") != "nearest" => $"no integer kernel in ONNX Runtime for the mode {node.GetString("mode", "")}",
        "Resize" when node.GetString("coordinate_transformation_mode", "") == "tf_crop_and_resize" =>
            "no integer kernel in ONNX Runtime for tf_crop_and_resize",
        "Pad" when !PadsWithZeros(node) => "it pads with another number than 0",
        "Gather" when index.Initializer(node.Input[0]) is not null => "it looks up rows of a constant table, which stays as it is",
        _ when OperatorRules.Of(node.OpType)?.Kernel == IntegerKernel.Moves && index.Initializer(node.Input[0]) is not null =>
            "it moves a constant",
        _ => null,
    };

    private IReadOnlyList<long> Kernel(NodeProto node) =>
        node.GetInts("kernel_shape") ?? (index.Initializer(node.InputOrEmpty(1)) is { } weight ? [.. weight.Dims.Skip(2)] : []);

    private bool IsStoredAlready(string tensor) => index.Producer(tensor) is { } maker && maker.Is("DequantizeLinear");

    private bool PadsWithZeros(NodeProto node) =>
        node.GetString("mode", "constant") != "constant"
        || node.InputOrEmpty(2) is "" || (index.Initializer(node.Input[2]) is { } value && TensorData.IsReal(value) && TensorData.Floats(value) is [0]);

    /// <summary>A layer together with the Add of its bias, or null where the Add is none.</summary>
    internal IntegerNode? WithBias(IntegerNode layer, NodeProto sum) =>
        layer.Layer is { } found && _layers.WithBias(found, sum) is { } whole
            ? layer with { Layer = whole, Outputs = [sum.Output[0]] }
            : null;

    private (IntegerNode?, string?) Data(NodeProto node, IntegerKernel kernel, Range data)
    {
        var (first, last) = (data.Start.Value, data.End.IsFromEnd ? node.Input.Count : data.End.Value);
        var names = Enumerable.Range(first, last - first).Select(node.InputOrEmpty).ToList();
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

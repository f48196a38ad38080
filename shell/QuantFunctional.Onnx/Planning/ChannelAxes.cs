using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Follows the channels that layers make through a model: to the layers that read them, and to the constants that have to come in
/// the same order, or are multiplied by the same.
/// </summary>
/// <remarks>What is not known to leave channels apart fixes them, and so do the model's outputs.</remarks>
internal sealed class ChannelAxes
{
    private static readonly HashSet<string> OfEachElement =
    [
        "Abs", "Cast", "Ceil", "Celu", "Clip", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu",
        "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Tanh", "ThresholdedRelu",
    ];

    private static readonly HashSet<string> OfElements = ["Add", "Div", "Max", "Mean", "Min", "Mul", "PRelu", "Pow", "Sub", "Sum"];

    private static readonly HashSet<string> Pools = ["AveragePool", "GlobalAveragePool", "GlobalMaxPool", "MaxPool"];

    private static readonly HashSet<string> Reductions = ["ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum"];

    private readonly Scheme _scheme;
    private readonly bool _byFactor;
    private readonly Dictionary<string, ChannelAxis> _tensors = [];
    private readonly List<(NodeProto Layer, ChannelClass Class)> _makers = [];
    private readonly List<ChannelConstant> _constants = [];
    private readonly Dictionary<NodeProto, ChannelAxis> _read = new(ReferenceEqualityComparer.Instance);

    /// <summary>Follows them through the model of a scheme.</summary>
    internal ChannelAxes(Scheme scheme, ChannelTie tie = ChannelTie.Order)
    {
        (_scheme, _byFactor) = (scheme, tie == ChannelTie.Factor);
        foreach (var node in scheme.Index.TopologicalOrder)
        {
            Follow(node);
            foreach (var tensor in GraphWalk.ReadInBodies(node))
                Of(tensor)?.Fix();
        }

        foreach (var output in scheme.Model.Graph.Output)
            Of(output.Name)?.Fix();
    }

    /// <summary>The constants with channels.</summary>
    internal IReadOnlyList<ChannelConstant> Constants => _constants;

    /// <summary>The channels that a layer reads; null where they are not known.</summary>
    internal ChannelAxis? ReadBy(NodeProto layer) => _read.GetValueOrDefault(layer);

    /// <summary>The layers that make channels anew, in the order of the data, each with the class of what it makes.</summary>
    internal IReadOnlyList<(NodeProto Layer, ChannelClass Class)> Makers => _makers;

    /// <summary>The channels that a layer makes, by its output; null where there is no such layer.</summary>
    internal ChannelClass? MadeBy(string output) => _makers.Find(maker => maker.Layer.Output[0] == output).Class;

    private ChannelShapes Shapes => new(_scheme);

    /// <summary>The channels of a tensor; null where they are not known.</summary>
    internal ChannelAxis? Of(string tensor) => _tensors.GetValueOrDefault(tensor);

    private TensorProto? Constant(NodeProto node, int input) => _scheme.Index.Initializer(node.InputOrEmpty(input));

    private void Follow(NodeProto node)
    {
        var made = NodeAttributes.IsDefaultDomain(node.Domain) && node.Output.Count == 1 ? Made(node) : null;
        if (made is not null)
        {
            _tensors[node.Output[0]] = made;
            return;
        }

        foreach (var input in node.Input)
            Of(input)?.Fix();
    }

    /// <summary>The channels of a node's result; null where they are not known, and then those that it reads stay.</summary>
    private ChannelAxis? Made(NodeProto node)
    {
        if (_byFactor && !Homogeneous.Is(node, _scheme.Index, _tensors.ContainsKey))
            return null;
        if (node.OpType is "Conv" or "Gemm" or "MatMul")
            return OfLayer(node);
        if (OfElements.Contains(node.OpType))
            return OfOperands(node);
        if (Of(node.InputOrEmpty(0)) is not { } input || node.Input.Skip(1).Any(_tensors.ContainsKey))
            return node.Is("Concat") ? OfParts(node) : null;
        return node.OpType switch
        {
            "BatchNormalization" when input.Axis == 1 && Enumerable.Range(1, 4).All(i => TryAlign(node, i, 0, input)) => input,
            "Concat" => OfParts(node),
            "Flatten" or "Reshape" or "Squeeze" or "Unsqueeze" => Shapes.Reshaped(node, input),
            "Pad" => Shapes.Padded(node, input),
            "Resize" or "Upsample" when Dims(node.Output[0]) is { } dims && Dims(node.Input[0]) is { } before
                && dims[input.Axis] == before[input.Axis] && node.GetString("coordinate_transformation_mode", "") != "tf_crop_and_resize" => input,
            "Softmax" when Dims(node.Input[0]) is { Count: var rank } && _scheme.Model.Opset >= 13
                && (node.GetInt("axis", -1) + rank) % rank != input.Axis => input,
            "Transpose" when node.GetInts("perm") is { } perm => input with { Axis = perm.ToList().IndexOf(input.Axis) },
            _ when OfEachElement.Contains(node.OpType) => input,
            _ when Pools.Contains(node.OpType) && input.Axis == 1 => input,
            _ when Reductions.Contains(node.OpType) => Shapes.Reduced(node, input),
            _ => null,
        };
    }

    private IReadOnlyList<long>? Dims(string tensor) => _scheme.Dims(tensor);

    /// <summary>
    /// The channels that a layer makes are tied to no others at first; only the order of those of a depthwise layer is that of those
    /// that it reads.
    /// </summary>
    private ChannelAxis? OfLayer(NodeProto node)
    {
        var weight = Constant(node, 1);
        if (weight is null || TensorData.Type(weight) != TensorProto.Types.DataType.Float || node.GetInt("transA", 0) != 0)
            return null;
        var input = Of(node.Input[0]);
        var isConvolution = node.Is("Conv");
        if (weight.Dims.Count < 2 || (!isConvolution && weight.Dims.Count != 2) || _tensors.ContainsKey(node.InputOrEmpty(2)))
            return null;
        var groups = LayerGeometry.Groups(node);
        if (isConvolution && groups > 1 && !_byFactor)
        {
            if (groups != weight.Dims[0] || weight.Dims[1] != 1 || input is not { Axis: 1 } || !Makes(node, 0, input))
                return null;
            return _read[node] = input;
        }

        var outputs = isConvolution || node.GetInt("transB", 0) != 0 ? 0 : 1;
        if ((isConvolution ? 1 : Dims(node.Output[0])?.Count - 1) is not { } axis)
            return null;
        var made = new ChannelAxis(axis, [new ChannelRun(new ChannelClass((int)weight.Dims[outputs]), 1)]);
        if (!Makes(node, outputs, made))
            return null;
        _makers.Add((node, made.Runs[0].Class));
        var isGrouped = isConvolution && groups > 1;
        var inputs = isGrouped ? 0 : 1 - outputs;
        if (input?.Axis == (isConvolution ? 1 : axis) && input.Elements == weight.Dims[inputs]
            && (!isGrouped || (groups == weight.Dims[0] && weight.Dims[1] == 1)))
        {
            _constants.Add(new ChannelConstant(node, 1, input with { Axis = inputs }, IsOfReader: true));
            _read[node] = input;
        }
        else
        {
            input?.Fix();
        }

        return made;
    }

    private bool Makes(NodeProto node, int outputs, ChannelAxis made)
    {
        if (node.InputOrEmpty(2).Length > 0 && !TryAlign(node, 2, (Constant(node, 2)?.Dims.Count ?? 0) - 1, made))
            return false;
        _constants.Add(new ChannelConstant(node, 1, made with { Axis = outputs }));
        return true;
    }

    /// <summary>Adds a constant whose axis lies along channels; false where it is none, or of another size.</summary>
    private bool TryAlign(NodeProto node, int input, int axis, ChannelAxis channels)
    {
        if (Constant(node, input) is not { } constant || TensorData.Type(constant) != TensorProto.Types.DataType.Float)
            return false;
        // one number for all channels is in any order, but takes no factor of each
        if (axis < 0 || (constant.Dims[axis] == 1 && !_byFactor))
            return !_byFactor;
        if (constant.Dims[axis] != channels.Elements)
            return false;
        _constants.Add(new ChannelConstant(node, input, channels with { Axis = axis }));
        return true;
    }

    /// <summary>Operands lie with their last axes along each other.</summary>
    private ChannelAxis? OfOperands(NodeProto node)
    {
        if (Dims(node.Output[0])?.Count is not { } rank)
            return null;
        ChannelAxis? all = null;
        foreach (var name in node.Input.Where(_tensors.ContainsKey))
        {
            if (Dims(name)?.Count is not { } ownRank)
                return null;
            var aligned = Of(name)! with { Axis = Of(name)!.Axis + rank - ownRank };
            if (aligned.Elements == 1 && !_byFactor)
                continue;
            if (aligned.Elements == 1)
                return null;
            if (all is not null && all.Axis != aligned.Axis)
                return null;
            all ??= aligned;
            all.Tie(aligned);
        }

        return all is not null && Enumerable.Range(0, node.Input.Count).All(IsInOrder) ? all : null;

        bool IsInOrder(int input)
        {
            // what channels are multiplied with or divided by is what it is, whatever their factor
            if (_tensors.ContainsKey(node.Input[input]) || (_byFactor && !Homogeneous.Adds(node)))
                return true;
            if (Dims(node.Input[input]) is not { } dims)
                return !_byFactor && Constant(node, input) is { Dims.Count: 0 };
            var axis = all.Axis - rank + dims.Count;
            return Constant(node, input) is not null ? TryAlign(node, input, axis, all) : !_byFactor && (axis < 0 || dims[axis] == 1);
        }
    }

    private ChannelAxis? OfParts(NodeProto node)
    {
        if (Dims(node.Output[0])?.Count is not { } rank)
            return null;
        var axis = (int)((node.GetInt("axis", 0) + rank) % rank);
        var parts = node.Input.Select(Of).ToList();
        if (parts.OfType<ChannelAxis>().FirstOrDefault() is not { } first)
            return null;
        if (first.Axis != axis)
        {
            if (parts.Any(part => part?.Axis != first.Axis))
                return null;
            foreach (var part in parts)
                first.Tie(part!);
            return first;
        }

        var runs = new List<ChannelRun>();
        foreach (var (part, name) in parts.Zip(node.Input))
        {
            if (part is not null && part.Axis == axis)
                runs.AddRange(part.Runs);
            else if (part is null && Dims(name) is { } dims && dims[axis] > 0)
                runs.Add(new ChannelRun(new ChannelClass((int)dims[axis]) { IsFixed = true }, 1));
            else
                return null;
        }

        return new ChannelAxis(axis, runs);
    }
}

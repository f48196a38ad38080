using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Follows the integers through a quantized graph, from conversion to conversion.</summary>
/// <remarks>
/// A real tensor that DequantizeLinear makes has a twin: the integers that it stands for. An operator whose inputs all
/// have twins, and whose result QuantizeLinear reads, is one step on integers.
/// </remarks>
internal sealed class GraphReader
{
    private readonly GraphIndex _index;
    private readonly StorageReader _storages;
    private readonly LayerReader _layers;
    private readonly JoinReader _joins;
    private readonly Movers _movers;
    private readonly IOperatorKernels _kernels;
    private readonly Operators _operators;
    private readonly Dictionary<string, Twin> _twins = [];
    private readonly Dictionary<string, (string Input, Storage Storage)> _quantized = [];
    private readonly List<IntegerStep> _steps = [];
    private readonly List<ModelLayer> _found = [];
    private readonly List<ModelJoin> _foundJoins = [];
    private readonly Dictionary<string, IntegerTensor> _constants = [];
    private readonly FloatReasons _reasons;
    private readonly HashSet<NodeProto> _done = new(ReferenceEqualityComparer.Instance);

    private GraphReader(OnnxModel model, IReadOnlySet<NodeProto> operatorForm, ReadingTarget target)
    {
        _index = new GraphIndex(model.Graph);
        var (facts, stated) = (TensorFacts.Infer(model), new StatedTypes(model.Graph, _index));
        _storages = new StorageReader(
            _index, tensor => stated.Of(tensor) ?? (facts.TryGet(tensor, out var fact) ? fact.Type : null));
        _layers = new LayerReader(_index, facts, target, new KernelChoice(_index, operatorForm, target.KeepsSigned));
        _reasons = new FloatReasons(_index, _twins);
        _joins = new JoinReader(facts);
        _movers = new Movers(_index);
        _kernels = IOperatorKernels.Of(target.BetweenLayers);
        _operators = new Operators(_kernels);
    }

    /// <summary>Reads a graph of conversions and plain operators.</summary>
    /// <param name="model">The model in that form.</param>
    /// <param name="operatorForm">The nodes that the file holds with their scales.</param>
    /// <param name="target">Whose arithmetic runs.</param>
    internal static QuantizedGraph Read(OnnxModel model, IReadOnlySet<NodeProto> operatorForm, ReadingTarget target)
    {
        var reader = new GraphReader(model, operatorForm, target);
        foreach (var node in reader._index.TopologicalOrder)
            reader.Follow(node);
        return new QuantizedGraph(
            model,
            reader._kernels,
            reader._quantized,
            reader.Runnable(model),
            reader._found,
            reader._constants,
            reader._twins,
            reader.Floats(model))
        { Joins = reader._foundJoins };
    }

    /// <summary>The steps that nothing real stands before.</summary>
    private List<IntegerStep> Runnable(OnnxModel model)
    {
        var there = _constants.Keys.Concat(_quantized.Keys).Concat(model.Inputs.Select(input => input.Name)).ToHashSet();
        var runnable = new List<IntegerStep>();
        foreach (var step in _steps.Where(step => step.Inputs.All(there.Contains)))
        {
            runnable.Add(step);
            there.Add(step.Output);
        }

        return runnable;
    }

    private void Follow(NodeProto node)
    {
        if (StorageReader.Is(node, "DequantizeLinear"))
            Dequantize(node);
        else if (StorageReader.Is(node, "QuantizeLinear"))
            Quantize(node);
        else if (node.Input.Count > 0 && WholeTwin(node.Input[0]) is { } twin
            && _movers.Read(node, twin.Form.Whole!) is { } moves)
        {
            Move(node, twin, moves);
        }
    }

    private void Dequantize(NodeProto node)
    {
        if (_storages.Read(node, out var reason) is not { } form)
        {
            _reasons.Add(node.Output[0], reason);
            return;
        }

        _twins[node.Output[0]] = new Twin(node.Input[0], form);
        _done.Add(node);
    }

    private void Quantize(NodeProto node)
    {
        var form = _storages.Read(node, out var reason);
        if (form?.Whole is not { } storage)
        {
            _reasons.Add(node.Input[0], form switch
            {
                null => $"its result is not stored as integers that are read here: {reason}",
                { Steps.Count: > 1 } => "the steps of its result differ along an axis",
                _ => $"no integer kernel makes {StorageReader.Name(form.Type)} of its result",
            });
            return;
        }

        var (source, activations, clamped) = Absorb(node.Input[0], storage);
        if (_index.IsGraphInput(source))
        {
            _quantized[node.Output[0]] = (source, clamped);
            _done.UnionWith(activations);
        }
        else if (ReadStep(node, source, storage, clamped, out reason) is { } step)
        {
            _steps.Add(step);
            _done.UnionWith([_index.Producer(source)!, .. activations]);
        }
        else
        {
            _reasons.Add(source, reason);
        }
    }

    /// <summary>The tensor before the activations that a clamp of the integers replaces, and the range that they leave.</summary>
    private (string Source, List<NodeProto> Activations, Storage Clamped) Absorb(string tensor, Storage storage)
    {
        var (activations, clamped) = (new List<NodeProto>(), storage);
        while (_index.Producer(tensor) is { } node && ActivationBounds.Of(node, _index) is var (low, high))
        {
            activations.Add(node);
            var range = _kernels.Clamp(storage, low, high);
            clamped = new Storage(
                storage.Step,
                storage.ZeroPoint,
                Math.Clamp(range.Lowest, clamped.Lowest, clamped.Highest),
                Math.Clamp(range.Highest, clamped.Lowest, clamped.Highest));
            tensor = node.Input[0];
        }

        return (tensor, activations, clamped);
    }

    private IntegerStep? ReadStep(NodeProto node, string source, Storage storage, Storage clamped, out string reason)
    {
        reason = "";
        var output = node.Output[0];
        if (WholeTwin(source) is { } twin)
        {
            return _operators.Requantize(twin.Form.Whole!, clamped) is { } moved
                ? new IntegerStep(node.DisplayName(), node.OpType, [twin.Tensor], output, moved)
                : Refuse($"no integer kernel of {_kernels.Engine} for it is known", out reason);
        }

        if (_index.Producer(source) is not { } producer)
            return Refuse("it is computed of constants alone", out reason);
        return producer.OpType is "Conv" or "Gemm" or "MatMul"
            ? ReadLayer(producer, storage, clamped, output, out reason)
            : ReadOperator(producer, clamped, output, out reason);
    }

    private IntegerStep? ReadLayer(NodeProto node, Storage storage, Storage clamped, string output, out string reason)
    {
        if (WholeTwin(node.Input[0]) is not { } input)
            return Refuse(_reasons.OfInput(node.Input[0]), out reason);
        if (!_twins.TryGetValue(node.Input[1], out var weight))
            return Refuse(_reasons.OfInput(node.Input[1]), out reason);
        if (_index.Initializer(weight.Tensor) is null)
            return Refuse("its weights are not constant", out reason);
        if (node.InputOrEmpty(2) is { Length: > 0 } real && _index.Producer(real) is not null && !_twins.ContainsKey(real))
            return Refuse(_reasons.OfInput(real), out reason);
        var bias = _twins.GetValueOrDefault(node.InputOrEmpty(2));
        if (_layers.Read(node, input.Form.Whole!, weight, bias, output, storage, clamped, out reason) is not { } layer)
            return null;
        _found.Add(layer);
        return new IntegerStep(
            layer.Name,
            layer.Operator,
            [input.Tensor],
            output,
            LayerRun.Of(layer.Integers, input.Form.Whole!, storage));
    }

    private IntegerStep? ReadOperator(NodeProto node, Storage clamped, string output, out string reason)
    {
        var data = node.OpType switch { "Add" or "Mul" or "Concat" => 0.., "Where" => 1.., _ => ..1 };
        var inputs = node.Input.Take(data).ToList();
        var twins = inputs.Select(WholeTwin).ToList();
        if (twins.IndexOf(null) is var real and >= 0)
            return Refuse(_reasons.OfInput(inputs[real]), out reason);
        var storages = twins.Select(twin => twin!.Form.Whole!).ToList();
        if (_operators.Read(node, storages, clamped) is not { } run)
            return Refuse($"no integer kernel of {_kernels.Engine} for it is known", out reason);
        if (_joins.Read(node, twins!, clamped, output, _constants) is { } join)
            _foundJoins.Add(join);
        reason = "";
        return new IntegerStep(node.DisplayName(), node.OpType, [.. twins.Select(twin => twin!.Tensor)], output, run);
    }

    private void Move(NodeProto node, Twin twin, IReadOnlyList<Func<IntegerTensor, IntegerTensor>> moves)
    {
        foreach (var (output, move) in node.Output.Zip(moves).Where(pair => pair.First.Length > 0))
        {
            _twins[output] = twin with { Tensor = output };
            _steps.Add(new IntegerStep(node.DisplayName(), node.OpType, [twin.Tensor], output, x => move(x[0])));
        }

        _done.Add(node);
    }

    /// <summary>The integers of a real tensor with one storage; a constant is made ready to be read.</summary>
    private Twin? WholeTwin(string tensor)
    {
        if (!_twins.TryGetValue(tensor, out var twin) || twin.Form.Whole is null)
            return null;
        if (_index.Initializer(twin.Tensor) is { } constant && !_constants.ContainsKey(twin.Tensor))
        {
            _constants[twin.Tensor] = StridedView.Tensor(
                constant.Dims.Select(size => (int)size), Array.ConvertAll(TensorData.Integers(constant), v => (int)v));
        }

        return twin;
    }

    /// <summary>The nodes that are no step: conversions of what stays real do not count.</summary>
    private List<FloatNode> Floats(OnnxModel model) =>
    [
        .. model.Graph.Node
            .Where(node => !_done.Contains(node))
            .Where(node => !StorageReader.Is(node, "QuantizeLinear") && !StorageReader.Is(node, "DequantizeLinear"))
            .Select(node => new FloatNode(node.DisplayName(), node.OpType, _reasons.Of(node))),
    ];

    private static IntegerStep? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }
}

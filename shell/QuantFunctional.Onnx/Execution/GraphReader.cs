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
    private readonly StepReader _reader;
    private readonly Func<NodeProto, string, ReportWarning?> _notice;
    private readonly List<ReportWarning> _notices = [];
    private readonly Movers _movers;
    private readonly IOperatorKernels _kernels;
    private readonly TensorTwins _twins;
    private readonly Dictionary<string, (string Input, Storage Storage)> _quantized = [];
    private readonly Dictionary<string, Storage> _integers = [];
    private readonly List<IntegerStep> _steps = [];
    private readonly FloatReasons _reasons;
    private readonly HashSet<NodeProto> _done = new(ReferenceEqualityComparer.Instance);

    private GraphReader(OnnxModel model, IReadOnlySet<NodeProto> operatorForm, ReadingTarget target, RuntimeGraph? runtime)
    {
        _index = new GraphIndex(model.Graph);
        var (facts, stated) = (TensorFacts.Infer(model), new StatedTypes(model.Graph, _index));
        _storages = new StorageReader(
            _index, tensor => stated.Of(tensor) ?? (facts.TryGet(tensor, out var fact) ? fact.Type : null));
        _notice = (node, output) => runtime?.WrongAlone(node, output, facts, model.Opset);
        _twins = new TensorTwins(_index);
        _reasons = new FloatReasons(_index, _twins.All, UnfoldedLayer.Of(model, _index));
        _movers = new Movers(_index);
        _kernels = IOperatorKernels.Of(target.BetweenLayers);
        _reader = new StepReader(_index, _twins, _reasons, target, runtime, model.Opset)
        {
            LayerReader = new LayerReader(_index, facts, target, new KernelChoice(_index, operatorForm, target.KeepsSigned)),
            JoinReader = new JoinReader(facts),
            ProductReader = new ProductReader(facts),
        };
    }

    /// <summary>Reads a graph of conversions and plain operators.</summary>
    /// <param name="model">The model in that form.</param>
    /// <param name="operatorForm">The nodes that the file holds with their scales.</param>
    /// <param name="target">Whose arithmetic runs.</param>
    /// <param name="runtime">What ONNX Runtime makes of the nodes; null where that is not known or not the target.</param>
    internal static QuantizedGraph Read(
        OnnxModel model, IReadOnlySet<NodeProto> operatorForm, ReadingTarget target, RuntimeGraph? runtime)
    {
        var reader = new GraphReader(model, operatorForm, target, runtime);
        foreach (var node in reader._index.TopologicalOrder)
            reader.Follow(node);
        return new QuantizedGraph(
            model,
            reader._kernels,
            reader._quantized,
            reader.Runnable(model),
            reader._reader.Layers,
            reader._twins.Constants,
            reader._twins.All,
            reader.Floats(model))
        { Joins = reader._reader.Joins, ActivationProducts = reader._reader.ActivationProducts, SignedAlone = reader._reader.SignedAlone, Notices = reader._notices };
    }

    /// <summary>The steps that nothing real stands before.</summary>
    private List<IntegerStep> Runnable(OnnxModel model)
    {
        var there = _twins.Constants.Keys.Concat(_quantized.Keys).Concat(model.Inputs.Select(input => input.Name)).ToHashSet();
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
        else if (node.Input.Count > 0 && _integers.TryGetValue(node.Input[0], out var stored) && _movers.Read(node, stored, onStored: true) is { } turns)
            MoveIntegers(node, stored, turns);
        else if (node.Input.Count > 0 && _integers.TryGetValue(node.Input[0], out var wide) && IntegerBounds.Of(node, wide, _index) is { } bounds)
            ClipIntegers(node, wide, bounds);
        else if (node.Input.Count > 0 && _twins.Whole(node.Input[0]) is { } twin
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

        _twins.Add(node.Output[0], new Twin(node.Input[0], form));
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
            _integers[node.Output[0]] = storage;
            _done.UnionWith(activations);
        }
        else if (_reader.Read(node, source, storage, clamped, out reason) is { } step)
        {
            _steps.Add(step);
            _notices.AddRange(_notice(_index.Producer(source)!, step.Output) is { } notice ? [notice] : []);
            _integers[node.Output[0]] = storage;
            _done.UnionWith([_index.Producer(source)!, .. step.Inner, .. activations]);
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

    /// <summary>A node between a QuantizeLinear and its DequantizeLinear, which moves the integers themselves.</summary>
    private void MoveIntegers(NodeProto node, Storage stored, IReadOnlyList<Func<IntegerTensor, IntegerTensor>> moves)
    {
        foreach (var (output, move) in node.Output.Zip(moves).Where(pair => pair.First.Length > 0))
        {
            _integers[output] = stored;
            _steps.Add(new IntegerStep(node.DisplayName(), node.OpType, [node.Input[0]], output, x => move(x[0])));
        }

        _done.Add(node);
    }

    /// <summary>A Clip between a QuantizeLinear and its DequantizeLinear, as 7-bit activations have it.</summary>
    private void ClipIntegers(NodeProto node, Storage stored, (int Low, int High) bounds)
    {
        _integers[node.Output[0]] = new Storage(stored.Step, stored.ZeroPoint, bounds.Low, bounds.High);
        _steps.Add(new IntegerStep(node.DisplayName(), node.OpType, [node.Input[0]], node.Output[0], x =>
            StridedView.Tensor(x[0].Sizes, [.. x[0].Values.Select(value => Math.Clamp(value, bounds.Low, bounds.High))])));
        _done.Add(node);
    }

    private void Move(NodeProto node, Twin twin, IReadOnlyList<Func<IntegerTensor, IntegerTensor>> moves)
    {
        foreach (var (output, move) in node.Output.Zip(moves).Where(pair => pair.First.Length > 0))
        {
            _twins.Add(output, twin with { Tensor = output });
            _steps.Add(new IntegerStep(node.DisplayName(), node.OpType, [twin.Tensor], output, x => move(x[0])));
        }

        _done.Add(node);
    }

    /// <summary>The nodes that are no step: conversions of what stays real do not count.</summary>
    private List<FloatNode> Floats(OnnxModel model) =>
    [
        .. model.Graph.Node
            .Where(node => !_done.Contains(node))
            .Where(node => !StorageReader.Is(node, "QuantizeLinear") && !StorageReader.Is(node, "DequantizeLinear"))
            .Select(node => new FloatNode(node.DisplayName(), node.OpType, _reasons.Of(node))),
    ];
}

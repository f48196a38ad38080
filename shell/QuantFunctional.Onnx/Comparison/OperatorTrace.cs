using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Reading;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>
/// Finds the operators whose integers differ from ONNX Runtime's: each is given the integers that ONNX Runtime gave its
/// own, so that a difference does not hide in those before it.
/// </summary>
/// <param name="graph">The model's steps.</param>
/// <param name="keepsSigned">Whether ONNX Runtime is told to run signed activations on integer kernels.</param>
internal sealed class OperatorTrace(QuantizedGraph graph, bool keepsSigned) : IDisposable
{
    private readonly long[] _elements = new long[graph.Steps.Count];
    private readonly long[] _differing = new long[graph.Steps.Count];
    private readonly long[] _maxSteps = new long[graph.Steps.Count];
    private ComparedModel? _traced;
    private List<string> _seen = [];

    /// <summary>Compares every operator on the sample that the source holds.</summary>
    public void Add(SampleSource samples)
    {
        _traced ??= Open();
        var values = new Dictionary<string, IntegerTensor>(graph.Constants);
        foreach (var (name, (elements, dims)) in _seen.Zip(_traced.Run(samples, _seen)))
            values[name] = StridedView.Tensor(dims.Select(d => (int)d), Array.ConvertAll(elements, v => (int)v));
        for (var i = 0; i < graph.Steps.Count; i++)
        {
            var step = graph.Steps[i];
            if (!step.Inputs.All(values.ContainsKey))
                continue;
            var own = step.Run([.. step.Inputs.Select(input => values[input])]);
            if (values.TryGetValue(step.Output, out var theirs))
                Count(i, own, theirs);
            else
                values[step.Output] = own;
        }
    }

    public IReadOnlyList<OperatorDifference> Result() =>
    [
        .. graph.Steps
            .Select((step, i) => new OperatorDifference(step.Name, step.Operator, _elements[i], _differing[i], _maxSteps[i]))
            .Where(step => step.Differing > 0),
    ];

    public void Dispose() => _traced?.Dispose();

    private void Count(int step, IntegerTensor own, IntegerTensor theirs)
    {
        for (var i = 0; i < own.Values.Length; i++)
        {
            var distance = Math.Abs((long)own.Values[i] - theirs.Values[i]);
            _elements[step]++;
            _differing[step] += distance == 0 ? 0 : 1;
            _maxSteps[step] = Math.Max(_maxSteps[step], distance);
        }
    }

    /// <summary>The model with every integer tensor among its outputs.</summary>
    private ComparedModel Open()
    {
        var model = graph.Model.Clone();
        var made = model.Graph.Node.SelectMany(node => node.Output).ToHashSet();
        var quantized = model.Graph.Node
            .Where(node => StorageReader.Is(node, "QuantizeLinear"))
            .Select(node => node.Output[0])
            .ToHashSet();
        _seen = [.. graph.Made.Where(tensor => made.Contains(tensor) && quantized.Contains(tensor))];
        model.Graph.Output.Add(_seen.Select(name => new ValueInfoProto { Name = name }));
        return keepsSigned ? new ComparedModel(model, OrtSessions.IntegerKernels) : new ComparedModel(model);
    }
}

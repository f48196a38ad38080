using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Execution;

/// <summary>One run of a model's integer steps; holds every integer tensor that came about.</summary>
internal sealed class IntegerRun
{
    private readonly QuantizedGraph _graph;
    private readonly Dictionary<string, IntegerTensor> _values;

    /// <summary>A run that no step has taken part in.</summary>
    internal IntegerRun(QuantizedGraph graph)
    {
        _graph = graph;
        _values = new(graph.Constants);
    }

    /// <summary>Runs all steps.</summary>
    /// <param name="graph">The steps.</param>
    /// <param name="reals">The model's real inputs.</param>
    /// <exception cref="QuantException">A step does not fit its input, or overflows.</exception>
    internal IntegerRun(QuantizedGraph graph, IReadOnlyDictionary<string, RealArray<float>> reals)
        : this(graph)
    {
        foreach (var (tensor, (input, storage)) in graph.Quantized)
        {
            var real = reals[input];
            var stored = new int[real.Values.Length];
            for (var i = 0; i < stored.Length; i++)
                stored[i] = graph.Kernels.Quantize(storage, real.Values.Span[i]);
            _values[tensor] = StridedView.Tensor(real.Shape, stored);
        }

        foreach (var (input, real) in reals.Where(real => !graph.Quantized.Values.Any(made => made.Input == real.Key)))
            _values[input] = StridedView.Tensor(real.Shape, Array.ConvertAll(real.Values.ToArray(), value => (int)value));
        foreach (var step in graph.Steps)
            _values[step.Output] = Run(step, [.. step.Inputs.Select(input => _values[input])]);
    }

    /// <summary>The integers of a tensor, if it has come about.</summary>
    internal IntegerTensor this[string tensor] => _values[tensor];

    /// <summary>A real tensor from the integers that stand for it.</summary>
    internal RealArray<float> Real(string tensor)
    {
        var twin = _graph.Twins[tensor];
        var stored = _values[twin.Tensor];
        var storage = twin.Form.Whole!;
        var reals = stored.Values.Select(value => FSharp.Storage.dequantize(storage, value)).ToArray();
        if (_graph.Rounded.TryGetValue(tensor, out var type))
            reals = Array.ConvertAll(reals, real => BoundaryCasts.Round(real, type));
        return new RealArray<float>(reals, stored.Sizes);
    }

    /// <summary>One step on inputs of its own.</summary>
    /// <exception cref="QuantException">The step does not fit its input, or overflows.</exception>
    internal IntegerTensor Run(IntegerStep step, IReadOnlyList<IntegerTensor> inputs)
    {
        try
        {
            return step.Run(inputs);
        }
        catch (QuantException fault)
        {
            throw fault.Retold(
                $"{_graph.Model.Path}: node {step.Name} ({step.Operator}), {fault.Message}.", _graph.Model.Path, step.Name);
        }
        catch (Exception fault) when (fault is ArgumentException or ArithmeticException or IndexOutOfRangeException)
        {
            var shapes = string.Join(" and ", inputs.Select(x => Shapes.Text(x.Sizes.Select(size => (long)size))));
            throw Diagnostics.NodeDoesNotFit.Fault(
                $"{_graph.Model.Path}: node {step.Name} ({step.Operator}) does not fit an input of shape {shapes}.",
                file: _graph.Model.Path, node: step.Name, inner: fault);
        }
    }
}

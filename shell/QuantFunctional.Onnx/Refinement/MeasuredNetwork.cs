using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Measures what other encodings of a planned network's tensors do to its outputs.</summary>
/// <remarks>
/// It runs the float model with every tensor rounded to what its integers stand for. Steps are inputs of that graph, so that a
/// choice of encodings costs one pass over the held-back samples and no new session.
/// </remarks>
internal sealed class MeasuredNetwork : IDisposable
{
    private readonly RoundedGraph _graph;
    private readonly OnnxModel _model;
    private readonly SampleSet _samples;
    private readonly CancellationToken _cancel;
    private readonly InferenceSession _session;
    private readonly IReadOnlyList<string> _outputs;
    private readonly RunOptions _options = new();
    private readonly OrtValue _on = OrtValue.CreateTensorValueFromMemory(new[] { true }, []);
    private readonly OrtValue _off = OrtValue.CreateTensorValueFromMemory(new[] { false }, []);

    /// <summary>Opens the network.</summary>
    /// <param name="graph">The network with its weights as planned.</param>
    /// <param name="model">The float model that the samples are for.</param>
    /// <param name="samples">The samples, of which the held-back ones are run.</param>
    /// <param name="cancel">Asked before each run.</param>
    internal MeasuredNetwork(RoundedGraph graph, OnnxModel model, SampleSet samples, CancellationToken cancel)
    {
        (_graph, _model, _samples, _cancel) = (graph, model, samples, cancel);
        using var options = OrtSessions.Options();
        options.AddSessionConfigEntry("session.disable_quant_qdq", "1");
        _session = OrtSessions.Open(graph.Model, options);
        _outputs = [.. _session.OutputNames.Where(IsReal)];
    }

    /// <summary>How often it was measured.</summary>
    internal int Evaluations { get; private set; }

    /// <summary>The errors with these encodings.</summary>
    /// <param name="encodings">An encoding for each tensor.</param>
    /// <param name="corrected">Whether a layer has its corrected bias; each that has one where null.</param>
    internal OutputErrors Errors(TensorEncodings encodings, Func<NodeProto, bool>? corrected = null)
    {
        Evaluations++;
        var tensors = _graph.Tensors;
        List<string> names = [.. tensors.Select(tensor => tensor.Switch)];
        List<OrtValue> off = [.. tensors.Select(_ => _off)];
        List<OrtValue> on = [.. tensors.Select(_ => _on)];
        foreach (var tensor in tensors)
        {
            if (tensor.Encoding is not { } parameters)
                continue;
            var stored = ActivationStorage.Of8Bits(encodings.Of(tensor.Tensor));
            names.AddRange([parameters.Step, parameters.ZeroPoint]);
            OrtValue[] values =
            [
                OrtValue.CreateTensorValueFromMemory(new[] { stored.Step }, []),
                OrtValue.CreateTensorValueFromMemory(new[] { (byte)stored.ZeroPoint }, []),
            ];
            on.AddRange(values);
            off.AddRange(values);
        }

        foreach (var (layer, name) in _graph.Corrections)
        {
            names.Add(name);
            on.Add(corrected is null || corrected(layer) ? _on : _off);
            off.Add(_off);
        }

        var squared = new double[_outputs.Count];
        using var samples = _samples.Open(_model);
        while (samples.MoveNextHeldBack())
        {
            _cancel.ThrowIfCancellationRequested();
            Add(squared, Run(samples, names, on), Run(samples, names, off), samples);
        }

        return new OutputErrors(squared);
    }

    /// <summary>Closes the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
        _on.Dispose();
        _off.Dispose();
    }

    private IReadOnlyList<(double[] Values, long[] Dims)> Run(SampleSource sample, List<string> names, List<OrtValue> values)
    {
        using var results = _session.Run(
            _options,
            [.. sample.Inputs.Select(input => input.Name), .. names],
            [.. sample.Inputs.Select(input => input.Tensor), .. values],
            _outputs);
        return [.. results.Select(OutputValues.Read)];
    }

    private void Add(
        double[] squared, IReadOnlyList<(double[] Values, long[] Dims)> rounded, IReadOnlyList<(double[] Values, long[] Dims)> real, SampleSource samples)
    {
        for (var output = 0; output < squared.Length; output++)
        {
            for (var slot = 0; slot < samples.Filled; slot++)
            {
                var one = samples.Part(_outputs[output], rounded[output].Values, rounded[output].Dims, slot).Values;
                var other = samples.Part(_outputs[output], real[output].Values, real[output].Dims, slot).Values;
                // a branch that chooses another way, or another number of boxes, is no match
                squared[output] += one.Length == other.Length ? Squared(one, other) : double.PositiveInfinity;
            }
        }
    }

    private static double Squared(double[] one, double[] other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
        {
            // equal infinities are no error
            if (one[i] != other[i])
                sum += (one[i] - other[i]) * (one[i] - other[i]);
        }

        return sum;
    }

    private bool IsReal(string output) => _session.OutputMetadata[output] is { IsTensor: true } fact
        && fact.ElementDataType is TensorElementType.Float or TensorElementType.Double or TensorElementType.Float16 or TensorElementType.BFloat16;
}

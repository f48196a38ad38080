using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Measures how far a planned network is from its float model, also with other encodings of its tensors.</summary>
/// <remarks>
/// It runs the float model with every tensor rounded to what its integers stand for. Steps are inputs of that graph, so that a
/// choice of encodings costs one pass over the held-back samples and no new session.
/// </remarks>
internal sealed class MeasuredNetwork : IDisposable
{
    private readonly MeasuredGraph _graph;
    private readonly FloatOutputs _floats;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();

    /// <summary>Opens the network.</summary>
    internal MeasuredNetwork(PlannedNetwork network, FloatOutputs floats)
    {
        (_graph, _floats) = (new MeasuredGraph(network), floats);
        _session = OrtSessions.OpenRounding(_graph.Model);
    }

    /// <summary>The activations in the order of the data.</summary>
    internal IEnumerable<string> Activations => _graph.Activations.Select(activation => activation.Tensor);

    /// <summary>The outputs of the network.</summary>
    internal IReadOnlyList<string> Outputs => _session.OutputNames;

    /// <summary>The errors of the network as it is planned, or with other encodings.</summary>
    internal OutputErrors Errors(CancellationToken cancel, TensorEncodings? encodings = null)
    {
        var (names, values) = Fed(encodings);
        var squared = new double[_floats.Outputs.Count];
        var apart = new List<double>();
        using var samples = _floats.Open();
        var steps = new ProgressSteps(_floats.Progress, ProgressStage.Measuring, samples.Count);
        for (var run = 0; samples.MoveNextOf(_floats.Enough); run++)
        {
            cancel.ThrowIfCancellationRequested();
            var real = _floats.Of(samples, run);
            using var results = _session.Run(
                _options,
                [.. samples.Inputs.Select(input => input.Name), .. names],
                [.. samples.Inputs.Select(input => input.Tensor), .. values],
                _floats.Outputs);
            for (var output = 0; output < squared.Length; output++)
            {
                var error = Squared(OutputValues.Read(results[output]).Values, real[output]);
                squared[output] += error;
                apart.Add(error + OutputErrors.Floor(real[output]));
            }

            steps.Report(samples.Position);
        }

        return new OutputErrors(squared) { Apart = new OutputErrors(apart) };
    }

    /// <summary>Closes the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }

    private (List<string> Names, List<OrtValue> Values) Fed(TensorEncodings? encodings)
    {
        var (names, values) = (new List<string>(), new List<OrtValue>());
        if (encodings is null)
            return (names, values);
        foreach (var (tensor, parameters) in _graph.Activations)
        {
            var stored = ActivationStorage.Of8Bits(encodings.Of(tensor));
            names.AddRange([parameters.Step, parameters.ZeroPoint]);
            values.Add(OrtValue.CreateTensorValueFromMemory(new[] { stored.Step }, []));
            values.Add(OrtValue.CreateTensorValueFromMemory(new[] { (byte)stored.ZeroPoint }, []));
        }

        return (names, values);
    }

    /// <summary>The sum of the squared differences; infinite where the numbers do not match.</summary>
    internal static double Squared(double[] rounded, double[] real)
    {
        // a branch that chooses another way, or another number of boxes, is no match
        if (rounded.Length != real.Length)
            return double.PositiveInfinity;
        var sum = 0.0;
        for (var i = 0; i < real.Length; i++)
        {
            // equal infinities are no error
            if (rounded[i] != real[i])
                sum += (rounded[i] - real[i]) * (rounded[i] - real[i]);
        }

        return sum;
    }
}

using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>What the float model makes of the held-back samples; kept where it is not too much.</summary>
internal sealed class FloatOutputs : IDisposable
{
    private readonly InferenceSession _session;
    private readonly SampleSet _samples;
    private readonly Scheme _scheme;
    private readonly RunOptions _options = new();
    private readonly KeptRuns<double[][]> _kept = new();

    /// <summary>Opens the float model of a scheme.</summary>
    internal FloatOutputs(Scheme scheme, SampleSet samples)
    {
        (_scheme, _samples) = (scheme, samples);
        var model = scheme.Model.Clone();
        NestedGraph.Nest(model, scheme.Model.Graph.Output.Select(output => output.Name));
        using var options = OrtSessions.TakingTurns();
        _session = OrtSessions.Open(model, options);
        Outputs = RealOutputs(_session);
    }

    /// <summary>The outputs that are real numbers.</summary>
    internal IReadOnlyList<string> Outputs { get; }

    /// <summary>Told of every pass over the samples.</summary>
    internal IProgress<QuantizeProgress>? Progress { get; init; }

    /// <summary>On how many samples is measured, where there are so many.</summary>
    internal long Enough { get; init; } = HeldBackSamples.Enough;

    /// <summary>How many networks were measured against it.</summary>
    internal int Measurements { get; private set; }

    /// <summary>Opens the samples that the float model is for.</summary>
    internal SampleSource Open()
    {
        Measurements++;
        return _samples.Open(_scheme.Model);
    }

    /// <summary>What the model makes of one run of the held-back samples.</summary>
    /// <param name="samples">The samples of the run.</param>
    /// <param name="run">How many held-back runs were before.</param>
    internal double[][] Of(SampleSource samples, int run) =>
        _kept.Of(run, () => Run(samples), values => values.Sum(output => output.LongLength));

    private double[][] Run(SampleSource samples)
    {
        using var results = _session.Run(
            _options, [.. samples.Inputs.Select(input => input.Name)], [.. samples.Inputs.Select(input => input.Tensor)], Outputs);
        return [.. results.Select(result => OutputValues.Read(result).Values)];
    }

    /// <summary>Closes the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }

    /// <summary>The outputs of a session that are real numbers.</summary>
    internal static IReadOnlyList<string> RealOutputs(InferenceSession session) =>
    [
        .. session.OutputNames.Where(output => session.OutputMetadata[output] is { IsTensor: true } fact && fact.ElementDataType
            is TensorElementType.Float or TensorElementType.Double or TensorElementType.Float16 or TensorElementType.BFloat16),
    ];
}

using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>One of the two models, ready to run samples.</summary>
internal sealed class ComparedModel : IDisposable
{
    private readonly RunOptions _options = new();

    public ComparedModel(OnnxModel model)
        : this(model, () => OrtSessions.TakingTurns())
    {
    }

    public ComparedModel(OnnxModel model, Func<SessionOptions> makeOptions)
    {
        Model = model;
        using var options = makeOptions();
        Session = OrtSessions.Open(Model, options);
    }

    /// <summary>The model as it was loaded.</summary>
    public OnnxModel Model { get; }

    /// <summary>The model in ONNX Runtime.</summary>
    public InferenceSession Session { get; }

    /// <summary>The outputs that are whole numbers or truth values.</summary>
    public IReadOnlySet<string> Whole => Session.OutputMetadata
        .Where(output => output.Value.IsTensor && output.Value.ElementDataType is not (
            TensorElementType.Float or TensorElementType.Double or TensorElementType.Float16 or TensorElementType.BFloat16))
        .Select(output => output.Key)
        .ToHashSet();

    /// <summary>Runs the sample that the source holds; gives the outputs asked for, in that order.</summary>
    /// <exception cref="QuantException">ONNX Runtime fails, or an output holds NaN or an infinity.</exception>
    public IReadOnlyList<(double[] Values, long[] Dims)> Run(SampleSource samples, IReadOnlyList<string> outputs)
    {
        using var results = Results(samples, outputs);
        var values = results.Select(OutputValues.Read).ToList();
        var fault = values.FindIndex(output => !output.Values.All(double.IsFinite));
        return fault < 0 ? values : throw Failed(samples, $"output `{outputs[fault]}` holds NaN or an infinity");
    }

    /// <summary>How long ONNX Runtime takes for the sample that the source holds.</summary>
    /// <exception cref="QuantException">ONNX Runtime fails.</exception>
    public TimeSpan Time(SampleSource samples)
    {
        var begun = Stopwatch.GetTimestamp();
        using var results = Results(samples, Session.OutputNames);
        return Stopwatch.GetElapsedTime(begun);
    }

    private IDisposableReadOnlyCollection<OrtValue> Results(SampleSource samples, IReadOnlyList<string> outputs)
    {
        try
        {
            return Session.Run(
                _options,
                [.. samples.Inputs.Select(input => input.Name)],
                [.. samples.Inputs.Select(input => input.Tensor)],
                outputs);
        }
        catch (OnnxRuntimeException fault)
        {
            throw Failed(samples, $"ONNX Runtime fails ({fault.Message})", fault);
        }
    }

    /// <summary>Closes the session.</summary>
    public void Dispose()
    {
        _options.Dispose();
        Session.Dispose();
    }

    private QuantException Failed(SampleSource samples, string what, Exception? inner = null) =>
        Diagnostics.ComparisonFails.Fault(string.Create(CultureInfo.InvariantCulture,
            $"{Model.Path}: {what} on {samples.Which} of {samples.Name} (the first is 0)."),
            file: Model.Path, inner: inner);
}

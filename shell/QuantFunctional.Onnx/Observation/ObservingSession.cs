using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>A float model in ONNX Runtime that shows its inner tensors.</summary>
internal sealed class ObservingSession : IDisposable
{
    private readonly OnnxModel _model;
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly ObservedTensor[] _inner;
    private readonly ObservedTensor?[] _inputs;
    private readonly bool _someAllocatedByRun;

    /// <summary>Opens the model for samples of the shapes that a source gives.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="tensors">Tensors of float32: inputs of the graph, or outputs of its nodes.</param>
    /// <param name="samples">Only their shapes matter here.</param>
    /// <param name="threads">Threads inside an operator; 0 for ONNX Runtime's own choice.</param>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model, or a tensor is not float32.</exception>
    public ObservingSession(OnnxModel model, IReadOnlyList<string> tensors, SampleSource samples, int threads)
    {
        _model = model;
        var inputs = samples.Inputs.Select(input => input.Name).ToList();
        var inner = tensors.Except(inputs).ToList();
        var unordered = UnorderedOutputs.Open(ObservedGraph.Of(model, inner, samples.Inputs), threads);
        _session = unordered.Session;
        _binding = _session.CreateIoBinding();
        _inputs = [.. inputs.Select(name => tensors.Contains(name) ? new ObservedTensor(name, name, null) : null)];
        _inner = [.. inner.Select(name => Watch(name, unordered.Outputs.GetValueOrDefault(name, name)))];
        _someAllocatedByRun = _inner.Any(tensor => tensor.IsAllocatedByRun);
        foreach (var tensor in _inner)
            tensor.Bind(_binding);
    }

    /// <summary>Runs the model on every sample; the ranges go on from those of earlier calls.</summary>
    /// <exception cref="QuantException">A tensor holds NaN or an infinity, or ONNX Runtime fails.</exception>
    public void Run(SampleSource samples, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        foreach (var input in samples.Inputs)
            _binding.BindInput(input.Name, input.Tensor);
        var steps = new ProgressSteps(progress, "calibrate", samples.Count);
        while (samples.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            for (var i = 0; i < _inputs.Length; i++)
            {
                if (_inputs[i] is { } input && !input.TryJoin(samples.Inputs[i].Tensor.GetTensorDataAsSpan<float>()))
                    throw NotFinite(input, samples);
            }

            if (_inner.Length > 0)
                RunSample(samples);
            foreach (var tensor in _inner)
            {
                if (!tensor.IsAllocatedByRun && !tensor.TryJoin())
                    throw NotFinite(tensor, samples);
            }

            if (_someAllocatedByRun)
                JoinAllocated(samples);
            steps.Report(samples.Position);
        }
    }

    /// <summary>Smallest and largest value of every tensor in all samples so far.</summary>
    public IReadOnlyDictionary<string, ObservedRange> Ranges =>
        _inner.Concat(_inputs.OfType<ObservedTensor>()).ToDictionary(tensor => tensor.Name, tensor => tensor.Range);

    /// <summary>Closes the session and frees the tensors.</summary>
    public void Dispose()
    {
        _binding.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
        foreach (var tensor in _inner)
            tensor.Dispose();
    }

    private ObservedTensor Watch(string name, string output)
    {
        var fact = _session.OutputMetadata[output];
        if (!fact.IsTensor || fact.ElementDataType != TensorElementType.Float)
            throw QuantException.BadInput($"{_model.Path}: tensor `{name}` is not float32; only such are observed.");
        var isStatic = fact.Dimensions.Length > 0 && fact.Dimensions.All(dim => dim >= 0);
        return new ObservedTensor(name, output, isStatic ? Array.ConvertAll(fact.Dimensions, dim => (long)dim) : null);
    }

    private void RunSample(SampleSource samples)
    {
        try
        {
            _session.RunWithBinding(_runOptions, _binding);
        }
        catch (OnnxRuntimeException fault)
        {
            throw QuantException.Failed(string.Create(CultureInfo.InvariantCulture,
                $"{_model.Path}: ONNX Runtime fails on sample {samples.Position - 1} of {samples.Path}: {fault.Message}"),
                fault);
        }
    }

    private void JoinAllocated(SampleSource samples)
    {
        using var values = _binding.GetOutputValues();
        for (var i = 0; i < _inner.Length; i++)
        {
            if (_inner[i].IsAllocatedByRun && !_inner[i].TryJoin(values[i].GetTensorDataAsSpan<float>()))
                throw NotFinite(_inner[i], samples);
        }

        // the binding would hold on to the last run's values, whose shape the next sample may not have
        foreach (var tensor in _inner.Where(tensor => tensor.IsAllocatedByRun))
            tensor.Bind(_binding);
    }

    private QuantException NotFinite(ObservedTensor tensor, SampleSource samples) =>
        QuantException.BadInput(string.Create(CultureInfo.InvariantCulture,
            $"{_model.Path}: tensor `{tensor.Name}` holds NaN or an infinity for sample {samples.Position - 1} of "
            + $"{samples.Path} (the first is 0); check that the samples are scaled as the model expects."));
}

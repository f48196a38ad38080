using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Onnx.Format;
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
    private readonly InputStatistics[] _statistics;
    private readonly bool _someAllocatedByRun;
    private long _samples;
    private string _digest = SampleDigests.Text(0);

    /// <summary>Opens the model for samples of the shapes that a source gives.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="tensors">Tensors of float32: inputs of the graph, or outputs of its nodes.</param>
    /// <param name="samples">Only their shapes matter here.</param>
    /// <param name="threads">Threads inside an operator; 0 for ONNX Runtime's own choice.</param>
    /// <param name="withRows">Whether what a Softmax reads and makes is looked at, too.</param>
    /// <param name="layerInputs">The layers of which the means of what they read are taken; none where null.</param>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model, or a tensor is not float32.</exception>
    public ObservingSession(
        OnnxModel model, IReadOnlyList<string> tensors, SampleSource samples, int threads, bool withRows = false,
        IReadOnlyList<LayerInput>? layerInputs = null)
    {
        _model = model;
        var inputs = samples.Inputs.Select(input => input.Name).ToList();
        var inner = tensors.Except(inputs).ToList();
        var graph = ObservedGraph.Of(model, inner, samples.Inputs);
        var rows = withRows ? AddRows(graph) : [];
        var means = LayerInputMeans.Add(graph, layerInputs ?? [], samples.Batch);
        var probabilities = model.Graph.Node.Where(node => withRows && node.Is("Softmax")).Select(node => node.Output[0]).ToHashSet();
        NestedGraph.Nest(graph, model.Graph.Output.Select(output => output.Name));
        var unordered = UnorderedOutputs.Open(graph, threads, means.Select(pair => pair.Means).ToHashSet());
        _session = unordered.Session;
        _binding = _session.CreateIoBinding();
        _inputs = [.. inputs.Select(name => tensors.Contains(name) ? new ObservedTensor(name, name, null) : null)];
        _statistics = [.. samples.Inputs.Select(input => new InputStatistics(input.Name, input.IsGivenOnce))];
        _inner =
        [
            .. inner.Select(name => Watch(name, unordered.Outputs.GetValueOrDefault(name, name), (output, dims) =>
                probabilities.Contains(name) ? new ObservedProbabilities(name, output, dims) : new ObservedTensor(name, output, dims))),
            .. rows.Where(pair => IsFloat(pair.Output)).Select(pair => Watch(pair.Output, pair.Output, (output, dims) =>
                new ObservedRows(pair.Output, output, dims, pair.Tensor))),
            .. means.Select(pair => Watch(pair.Means, pair.Means, (output, dims) => new ObservedMeans(pair.Means, output, dims, pair.Layer))),
        ];
        _someAllocatedByRun = _inner.Any(tensor => tensor.IsAllocatedByRun);
        foreach (var tensor in _inner)
            tensor.Bind(_binding);
    }

    /// <summary>Runs the model on every sample; what is observed goes on from earlier calls.</summary>
    /// <param name="samples">The samples, before the first one.</param>
    /// <param name="progress">Told after each hundredth.</param>
    /// <param name="cancel">Asked before each run.</param>
    /// <param name="before">How many samples another session has run before, of those that the progress speaks of.</param>
    /// <param name="total">Of how many samples the progress speaks; of those at hand where null.</param>
    /// <exception cref="QuantException">A tensor holds NaN, or ONNX Runtime fails.</exception>
    public void Run(SampleSource samples, IProgress<QuantizeProgress>? progress, CancellationToken cancel, long before = 0, long? total = null)
    {
        samples.BeginDigest();
        if (samples.Batch > 1
            && !(SamplesApart.Are(_model, samples) && _inner.OfType<ObservedMeans>().All(means => means.IsSharedBy(samples.Batch))))
            samples.TakeOneByOne();
        var bound = new OrtValue?[samples.Inputs.Count];
        var steps = new ProgressSteps(progress, ProgressStage.Calibrating, total ?? samples.Count);
        while (samples.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            for (var i = 0; i < _inputs.Length; i++)
            {
                Add(samples, i);
                if (!ReferenceEquals(bound[i], samples.Inputs[i].Tensor))
                    _binding.BindInput(samples.Inputs[i].Name, bound[i] = samples.Inputs[i].Tensor);
            }

            if (_inner.Length > 0)
                RunSamples(samples);
            foreach (var tensor in _inner)
            {
                if (!tensor.IsAllocatedByRun && !tensor.TryAdd(samples))
                    throw NotANumber.Refusal(_model, tensor.Name, samples);
            }

            if (_someAllocatedByRun)
                AddAllocated(samples);
            _samples += samples.Filled;
            steps.Report(before + samples.Taken);
        }

        _digest = samples.DigestSum;
    }

    /// <summary>What all samples so far showed.</summary>
    public ObservedJson Seen => new(
        _samples,
        _digest,
        [.. _statistics.Select(input => input.Seen)],
        [.. _inner.Where(tensor => tensor is not (ObservedRows or ObservedMeans)).Concat(_inputs.OfType<ObservedTensor>())
            .OrderBy(tensor => tensor.Name, StringComparer.Ordinal)
            .Select(tensor => tensor.History.ToJson(tensor.Name))],
        [.. _inner.OfType<ObservedRows>().OrderBy(rows => rows.Rows, StringComparer.Ordinal).Select(rows => rows.Maxima)],
        [.. _inner.OfType<ObservedProbabilities>().OrderBy(softmax => softmax.Name, StringComparer.Ordinal).Select(softmax => softmax.Sums)],
        [.. _inner.OfType<ObservedMeans>().OrderBy(means => means.Layer, StringComparer.Ordinal).Select(means => means.Sums)]);

    /// <summary>Closes the session and frees the tensors.</summary>
    public void Dispose()
    {
        _binding.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
        foreach (var tensor in _inner)
            tensor.Dispose();
    }

    private static List<(string Tensor, string Output)> AddRows(OnnxModel model)
    {
        var graph = new GraphEditor(model);
        var added = SoftmaxRows.Of(model.Graph).Select(rows => (rows.Tensor, SoftmaxRows.Add(graph, rows))).ToList();
        foreach (var (_, output) in added)
            model.Graph.Output.Add(new ValueInfoProto { Name = output });
        return added;
    }

    private ObservedTensor Watch(string name, string output, Func<string, long[]?, ObservedTensor> watcher)
    {
        var fact = _session.OutputMetadata[output];
        if (!IsFloat(output))
        {
            throw Diagnostics.TensorNotFloat32.Fault(
                $"{_model.Path}: tensor `{name}` is not float32; only such are observed.",
                file: _model.Path, node: name);
        }

        var isStatic = fact.Dimensions.Length > 0 && fact.Dimensions.All(dim => dim >= 0);
        var dims = isStatic ? Array.ConvertAll(fact.Dimensions, dim => (long)dim) : null;
        return watcher(output, dims);
    }

    private bool IsFloat(string output) =>
        _session.OutputMetadata[output] is { IsTensor: true, ElementDataType: TensorElementType.Float };

    private void Add(SampleSource samples, int input)
    {
        var read = samples.Inputs[input];
        for (var slot = 0; slot < samples.Filled; slot++)
        {
            _statistics[input].Add(read, read.Place(slot));
            if (_inputs[input] is not { } tensor)
                continue;
            tensor.History.CountsValues = CountedSamples.Holds(samples, slot);
            tensor.TryAdd(read.Floats(read.Place(slot)), samples.Index(slot), samples.IsFirstHalf(slot));
        }
    }

    private void RunSamples(SampleSource samples)
    {
        try
        {
            _session.RunWithBinding(_runOptions, _binding);
        }
        catch (OnnxRuntimeException fault)
        {
            throw FailedRun.Refusal(_model, samples, fault);
        }
    }

    private void AddAllocated(SampleSource samples)
    {
        using var values = _binding.GetOutputValues();
        for (var i = 0; i < _inner.Length; i++)
        {
            if (_inner[i].IsAllocatedByRun
                && !_inner[i].TryAdd(values[i], samples))
            {
                throw NotANumber.Refusal(_model, _inner[i].Name, samples);
            }
        }

        // the binding would hold on to the last run's values, whose shape the next sample may not have
        foreach (var tensor in _inner.Where(tensor => tensor.IsAllocatedByRun))
            tensor.Bind(_binding);
    }
}

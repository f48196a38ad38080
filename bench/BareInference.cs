using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Bench;

/// <summary>Nothing but a model's inference, on samples that lie in memory.</summary>
internal sealed class BareInference : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options = new();
    private readonly List<SampleSource> _samples = [];

    public BareInference(OnnxModel model, string path)
    {
        using var options = OrtSessions.Options();
        _session = OrtSessions.Open(model, options);
        _binding = _session.CreateIoBinding();
        foreach (var output in _session.OutputNames)
            _binding.BindOutputToDevice(output, OrtMemoryInfo.DefaultInstance);

        // a source holds one sample, so one source is kept for each
        using var counter = SampleSource.Open(path, model);
        for (var skip = 0; skip < Math.Min(counter.Count, 64); skip++)
        {
            var source = SampleSource.Open(path, model);
            for (var i = 0; i <= skip; i++)
                source.MoveNext();
            _samples.Add(source);
        }

        Count = counter.Count;
    }

    /// <summary>Samples in one pass; where the file holds more than 64, those are run again.</summary>
    public long Count { get; }

    public void Pass()
    {
        for (var i = 0; i < Count; i++)
        {
            foreach (var input in _samples[i % _samples.Count].Inputs)
                _binding.BindInput(input.Name, input.Tensor);
            _session.RunWithBinding(_options, _binding);
        }
    }

    public void Dispose()
    {
        _samples.ForEach(source => source.Dispose());
        _binding.Dispose();
        _options.Dispose();
        _session.Dispose();
    }
}

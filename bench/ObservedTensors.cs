using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Bench;

/// <summary>
/// What quantizing a model observes: about one tensor for every quantized one, and what its layers read, of the samples that are
/// counted. The sessions stay open, where calibration opens one after the other.
/// </summary>
internal sealed class ObservedTensors : IDisposable
{
    private readonly OnnxModel _model;
    private readonly ObservingSession _counted;
    private readonly ObservingSession? _others;

    /// <summary>Opens what calibrating a model with some samples runs.</summary>
    /// <param name="prepared">What <see cref="ModelPreparation"/> makes of a file, since that is what calibration runs.</param>
    /// <param name="path">The samples.</param>
    public ObservedTensors(OnnxModel prepared, string path)
    {
        var scheme = Scheme.Build(prepared, symmetric: false, new Dictionary<string, string>());
        IReadOnlyList<string> tensors = [.. new EncodingGroups(scheme).Observed(scheme.Index)];
        using var samples = SampleSource.Open(path, prepared);
        _model = prepared;
        _counted = new ObservingSession(scheme.Model, tensors, samples, threads: 0, withRows: true, BiasMeans.Inputs(scheme));
        _others = CountedSamples.AreAll(samples.All) ? null : new ObservingSession(scheme.Model, tensors, samples, threads: 0, withRows: true);
    }

    /// <summary>Observes all samples of a file.</summary>
    public void Pass(string path)
    {
        Run(_counted, CountedSamples.Holds);
        if (_others is not null)
            Run(_others, (sample, all) => !CountedSamples.Holds(sample, all));

        void Run(ObservingSession session, Func<long, long, bool> holds)
        {
            using var samples = SampleSource.Open(path, _model, holds: holds);
            session.Run(samples, progress: null, CancellationToken.None);
        }
    }

    public void Dispose()
    {
        _counted.Dispose();
        _others?.Dispose();
    }

    /// <summary>Calibrates once, with what is opened for it.</summary>
    /// <returns>How many samples there were.</returns>
    internal static long Calibrate(OnnxModel prepared, string path)
    {
        var scheme = Scheme.Build(prepared, symmetric: false, new Dictionary<string, string>());
        var samples = new SampleSet(path, new HashSet<long>());
        return Calibrator.Seen(
            scheme.Model, [.. new EncodingGroups(scheme).Observed(scheme.Index)], BiasMeans.Inputs(scheme), samples, progress: null, CancellationToken.None).Samples;
    }
}

using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>Runs a quantized model with this library's integers and with ONNX Runtime's, and counts what differs.</summary>
internal sealed class EngineComparer : IDisposable
{
    private readonly IntegerModel _own;
    private readonly BackendProfile _profile;
    private readonly ComparedModel _theirs;
    private readonly OperatorTrace? _trace;
    private readonly ElementCount _count = new();
    private readonly ComparisonSums? _sums;

    /// <summary>Opens both engines.</summary>
    /// <param name="model">The quantized model.</param>
    /// <param name="profile">The target whose arithmetic runs here; null for the processor at hand.</param>
    /// <param name="sums">What adds up the distance from the float model; null where that is not asked for.</param>
    /// <exception cref="QuantException">A part of the model does not run on integers, or ONNX Runtime does not accept it.</exception>
    public EngineComparer(OnnxModel model, BackendProfile? profile = null, ComparisonSums? sums = null)
    {
        _sums = sums;
        IsHere = profile is null || RunsAs(profile) == HostProcessor.Profile.Name;
        (_theirs, var keepsSigned) = IsHere ? OpenSigned(model) : (new ComparedModel(model), false);
        _own = IntegerModel.Load(model, new ReadingTarget(profile, HostProcessor.Profile, keepsSigned));
        _own.RequireIntegers();
        _profile = profile ?? _own.Layers.Select(layer => layer.Integers.Profile).FirstOrDefault(HostProcessor.Profile);
        // elsewhere ONNX Runtime is another processor, and that operators differ is no fault of either
        _trace = IsHere ? new OperatorTrace(_own.Graph, keepsSigned) : null;
    }

    private bool IsHere { get; }

    /// <summary>Adds the sample that the source holds.</summary>
    /// <param name="samples">The source.</param>
    /// <param name="floats">The float model's outputs, for the distance from them.</param>
    public void Add(SampleSource samples, IReadOnlyList<(double[] Values, long[] Dims)>? floats = null)
    {
        var own = OwnOutputs.Of(_own, samples);
        var theirs = _theirs.Run(samples, _own.Outputs);
        var differing = _count.Differing;
        foreach (var (name, (values, dims)) in _own.Outputs.Zip(theirs))
        {
            for (var slot = 0; slot < samples.Filled; slot++)
            {
                _count.Add(
                    samples.Part(name, own[name].Values, own[name].Dims, slot).Values,
                    samples.Part(name, values, dims, slot).Values,
                    _own.Graph.Twins[name].Form.Steps[0]);
            }
        }

        if (_count.Differing > differing)
            _trace?.Add(samples);
        if (floats is not null)
            _sums?.Add(floats, [.. _sums.Outputs.Select(name => own[name])], _own.Path, samples);
    }

    public EngineComparison Result()
    {
        var figures = _sums?.Result(0);
        return new EngineComparison(
            _profile.Name,
            IsHere,
            _count.Elements - _count.Differing,
            _count.Differing,
            _count.MaxSteps,
            _trace?.Result() ?? [],
            figures?.QuantizedTop1,
            figures?.Agreement ?? 1,
            figures?.Outputs ?? []);
    }

    public void Dispose()
    {
        _theirs.Dispose();
        _trace?.Dispose();
    }

    // the profile that stands for all of them runs as x64 with VNNI
    private static string RunsAs(BackendProfile profile) =>
        profile.Name == Profiles.OnnxRuntime.Name ? Profiles.OnnxRuntimeVnni.Name : profile.Name;

    /// <summary>With integer kernels wherever there is one, where ONNX Runtime takes the model so; it refuses some that way.</summary>
    private static (ComparedModel Model, bool KeepsSigned) OpenSigned(OnnxModel model)
    {
        try
        {
            return (new ComparedModel(model, OrtSessions.IntegerKernels), true);
        }
        catch (QuantException fault) when (fault.InnerException is Microsoft.ML.OnnxRuntime.OnnxRuntimeException)
        {
            return (new ComparedModel(model), false);
        }
    }
}

using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Bench;

/// <summary>What quantizing a model observes: about one tensor for every quantized one, and what its layers read.</summary>
internal static class ObservedTensors
{
    /// <summary>A session that observes a prepared model as calibration does.</summary>
    /// <param name="prepared">What <see cref="ModelPreparation"/> makes of a file, since that is what calibration runs.</param>
    /// <param name="samples">Only their shapes matter here.</param>
    public static ObservingSession Open(OnnxModel prepared, SampleSource samples)
    {
        var scheme = Scheme.Build(prepared, symmetric: false, new Dictionary<string, string>());
        return new ObservingSession(
            scheme.Model, [.. new EncodingGroups(scheme).Observed(scheme.Index)], samples, threads: 0, withRows: true, BiasMeans.Inputs(scheme));
    }
}

using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>A run of the float model that ONNX Runtime broke off.</summary>
internal static class FailedRun
{
    /// <summary>The refusal that names the samples at hand.</summary>
    internal static QuantException Refusal(OnnxModel model, SampleSource samples, OnnxRuntimeException fault) =>
        Diagnostics.RunFails.Fault(string.Create(CultureInfo.InvariantCulture,
            $"{model.Path}: ONNX Runtime fails on {samples.Which} of {samples.Name}: {fault.Message}"),
            file: model.Path, inner: fault);
}

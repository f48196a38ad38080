using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Bench;

/// <summary>The tensors that quantizing a model observes: about one for every quantized tensor.</summary>
internal static class ObservedTensors
{
    /// <summary>The tensors of a prepared model.</summary>
    /// <remarks>What <see cref="ModelPreparation"/> makes of a file, since that is what calibration runs.</remarks>
    public static IReadOnlyList<string> Of(OnnxModel prepared)
    {
        var scheme = Scheme.Build(prepared, symmetric: false, new Dictionary<string, string>());
        return [.. new EncodingGroups(scheme).Observed(scheme.Index)];
    }
}

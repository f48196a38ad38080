using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>What tells one observation from another: the form of the model, the samples, and what ran them.</summary>
internal static class ObservedModel
{
    /// <summary>The kind of this processor, as far as ONNX Runtime's float kernels differ by it.</summary>
    internal static string Processor { get; } = $"{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()} {Instructions}";

    /// <summary>The version of ONNX Runtime.</summary>
    internal static string OnnxRuntime => OrtEnv.Instance().GetVersionString();

    private static string Instructions => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 or Architecture.X86 => Avx512F.IsSupported ? "avx512f" : Avx2.IsSupported && Fma.IsSupported ? "avx2 fma" : Avx.IsSupported ? "avx" : "sse",
        Architecture.Arm64 => "neon",
        _ => "scalar",
    };

    /// <summary>
    /// The SHA-256 of a model's operators and shapes. Constants are left out: some are computed beforehand, and may differ in their last
    /// bits between processors.
    /// </summary>
    internal static string Digest(OnnxModel model)
    {
        var bare = model.Clone();
        foreach (var tensor in GraphWalk.Tensors(bare.Graph))
        {
            tensor.RawData = ByteString.Empty;
            tensor.FloatData.Clear();
            tensor.DoubleData.Clear();
            tensor.Int32Data.Clear();
            tensor.Int64Data.Clear();
            tensor.Uint64Data.Clear();
        }

        return ModelDigest.Of(bare);
    }

    /// <summary>What the samples are as a whole.</summary>
    internal static StatisticsDataJson Data(SampleSource samples) => new(
        samples.All,
        [.. samples.Skipped],
        samples.Batch,
        [.. samples.Inputs.Select(input => new FedInputJson(input.Name, input.Input.Type.ToString().ToLowerInvariant(), input.Dims))]);
}

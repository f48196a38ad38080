using System.Diagnostics.CodeAnalysis;

namespace QuantFunctional;

/// <summary>The named targets that layers are planned for.</summary>
public static class Profiles
{
    /// <summary>Exact products, one rounding shift, everything that can travels in the bias.</summary>
    public static BackendProfile Reference => FSharp.BackendProfile.Reference;

    /// <summary>TFLite's kernels with gemmlowp's two roundings; 16-bit activations have a 64-bit accumulator.</summary>
    public static BackendProfile Tflite => FSharp.BackendProfile.Tflite;

    /// <summary>As <see cref="Tflite"/>, with a 32-bit accumulator for 16-bit activations too.</summary>
    public static BackendProfile TfliteInt32Accumulator => FSharp.BackendProfile.TfliteInt32Accumulator;

    /// <summary>TFLite's kernels built with a single rounding.</summary>
    public static BackendProfile TfliteSingleRounding => FSharp.BackendProfile.TfliteSingleRounding;

    /// <summary>As <see cref="TfliteSingleRounding"/>, with a 32-bit accumulator for 16-bit activations too.</summary>
    public static BackendProfile TfliteSingleRoundingInt32Accumulator =>
        FSharp.BackendProfile.TfliteSingleRoundingInt32Accumulator;

    /// <summary>ONNX Runtime's integer kernels on every processor: the same integers on all of them.</summary>
    public static BackendProfile OnnxRuntime => FSharp.BackendProfile.OnnxRuntime;

    /// <summary>ONNX Runtime on x64 with VNNI alone, which adds products in full.</summary>
    public static BackendProfile OnnxRuntimeVnni => FSharp.BackendProfile.OnnxRuntimeVnni;

    /// <summary>ONNX Runtime on x64 with AVX2 or AVX-512 and without VNNI, which adds products in saturating pairs.</summary>
    public static BackendProfile OnnxRuntimeX64Avx2 => FSharp.BackendProfile.OnnxRuntimeX64Avx2;

    /// <summary>ONNX Runtime on x64 with SSE4.1 alone, without fused multiply-adds.</summary>
    public static BackendProfile OnnxRuntimeX64Sse => FSharp.BackendProfile.OnnxRuntimeX64Sse;

    /// <summary>ONNX Runtime on ARM64.</summary>
    public static BackendProfile OnnxRuntimeArm64 => FSharp.BackendProfile.OnnxRuntimeArm64;

    /// <summary>ONNX Runtime in WebAssembly, as in the browser.</summary>
    public static BackendProfile OnnxRuntimeWasm => FSharp.BackendProfile.OnnxRuntimeWasm;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<BackendProfile> Named { get; } = [.. FSharp.BackendProfile.named];

    /// <summary>Finds one by <see cref="BackendProfile.Name"/>.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out BackendProfile? profile)
    {
        profile = Named.FirstOrDefault(known => known.Name == name);
        return profile is not null;
    }
}

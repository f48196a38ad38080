using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace QuantFunctional.Onnx;

/// <summary>The processor that this program runs on, as far as ONNX Runtime's integer kernels differ by it.</summary>
public static class HostProcessor
{
    /// <summary>The profile of ONNX Runtime's kernels on this processor.</summary>
    public static BackendProfile Profile { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 or Architecture.X86 => OfX86(),
        Architecture.Arm64 => Profiles.OnnxRuntimeArm64,
        Architecture.Wasm => Profiles.OnnxRuntimeWasm,
        _ => Profiles.OnnxRuntimeVnni,
    };

    private static BackendProfile OfX86()
    {
        if (!Avx2.IsSupported || !Fma.IsSupported)
            return Profiles.OnnxRuntimeX64Sse;

        // leaf 7: bit 11 of ECX is AVX-512 VNNI; of its sub-leaf 1, bit 4 of EAX is AVX-VNNI
        var (subLeaves, _, features, _) = X86Base.CpuId(7, 0);
        var hasWide = Avx512BW.IsSupported && Avx512DQ.IsSupported && (features & (1 << 11)) != 0;
        var hasNarrow = subLeaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 4)) != 0;
        return hasWide || hasNarrow ? Profiles.OnnxRuntimeVnni : Profiles.OnnxRuntimeX64Avx2;
    }
}

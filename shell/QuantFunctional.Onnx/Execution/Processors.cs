namespace QuantFunctional.Onnx.Execution;

/// <summary>The kinds of processors that ONNX Runtime has kernels of integers for, each with the profile of its arithmetic.</summary>
internal static class Processors
{
    /// <summary>All of them, in the order in which they are told.</summary>
    internal static IReadOnlyList<(string Name, BackendProfile Profile)> All { get; } =
    [
        ("x64 with VNNI", Profiles.OnnxRuntimeVnni),
        ("x64 with AVX2", Profiles.OnnxRuntimeX64Avx2),
        ("x64 with SSE4.1", Profiles.OnnxRuntimeX64Sse),
        ("ARM64", Profiles.OnnxRuntimeArm64),
        ("WebAssembly", Profiles.OnnxRuntimeWasm),
    ];
}

using System.Collections.Immutable;
using Microsoft.FSharp.Core;

namespace QuantFunctional.Onnx.Execution;

/// <summary>ONNX Runtime's integer kernels between layers, which work in float32, or the standard's own reading of them.</summary>
/// <remarks>Sums and products differ by the processor; everything else is the same on all of them.</remarks>
/// <param name="arithmetic">The processor; TFLite's arithmetic is none of them.</param>
internal sealed class OnnxRuntimeKernels(OperatorArithmetic arithmetic) : IOperatorKernels
{
    public string Engine => "ONNX Runtime";

    public int Quantize(Storage storage, float real) => FSharp.Storage.quantize(storage, real);

    public Storage Clamp(Storage storage, float low, float high) => FSharp.Storage.clamp(low, high, storage);

    public ImmutableArray<int>? Requantize(Storage input, Storage output) => FSharp.OnnxRuntimeTables.requantize(input, output);

    public Func<int, int, int>? Add(Storage one, Storage other, Storage sum, JoinRuns runs) =>
        Called(FSharp.JoinKernels.add(arithmetic, runs, one, other, sum));

    public Func<int, int, int>? Multiply(Storage one, Storage other, Storage product) =>
        Called(FSharp.JoinKernels.multiply(arithmetic, one, other, product));

    public ImmutableArray<int>? Sigmoid(Storage input, Storage output) => FSharp.OnnxRuntimeTables.sigmoid(input, output);

    public ImmutableArray<int>? LeakyRelu(float slope, Storage input, Storage output) =>
        FSharp.OnnxRuntimeTables.leakyRelu(slope, input, output);

    public Func<FSharp.KernelPlacement, IntegerTensor, IntegerTensor>? Average(
        Storage input, Storage output, bool countPadding) =>
        arithmetic.IsUnfused
            ? (windows, x) => FSharp.UnfusedPools.average(input, output, countPadding, windows, x)
            : (windows, x) => FSharp.OnnxRuntimePools.average(input, output, countPadding, windows, x);

    public Func<int[], int>? GlobalAverage(Storage input, Storage output) =>
        arithmetic.IsUnfused
            ? plane => FSharp.UnfusedPools.globalAverage(input, output, plane)
            : plane => FSharp.OnnxRuntimePools.globalAverage(input, output, plane);

    public Func<int[], int[]>? Softmax(Storage input, Storage output, int count) =>
        output.Step <= 1 ? FSharp.OnnxRuntimeSoftmax.ofRow(input, output, count).Invoke : null;

    private static Func<int, int, int>? Called(FSharpOption<FSharpFunc<int, FSharpFunc<int, int>>>? kernel) =>
        kernel?.Value is { } both ? OptimizedClosures.FSharpFunc<int, int, int>.Adapt(both).Invoke : null;
}

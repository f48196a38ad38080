using System.Collections.Immutable;
using Microsoft.FSharp.Core;

namespace QuantFunctional.Onnx.Execution;

/// <summary>ONNX Runtime's integer kernels between layers, which work in float32, or the standard's own reading of them.</summary>
/// <remarks>Sums and products differ by the processor; everything else is the same on all of them.</remarks>
/// <param name="arithmetic">The processor; TFLite's arithmetic is none of them.</param>
internal sealed class OnnxRuntimeKernels(OperatorArithmetic arithmetic) : IOperatorKernels
{
    public string Engine => "ONNX Runtime";

    /// <summary>Whether operators and their conversions are one kernel.</summary>
    internal bool IsFused => !arithmetic.IsUnfused;

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
            : (windows, x) => IsWholePlane(windows, x)
                ? Planes(x, plane => FSharp.OnnxRuntimePools.globalAverage(input, output, plane))
                : FSharp.OnnxRuntimePools.average(input, output, countPadding, windows, x);

    /// <summary>Whether there is one window, of all elements and no padding: ONNX Runtime runs its global pool then.</summary>
    private static bool IsWholePlane(FSharp.KernelPlacement windows, IntegerTensor x) =>
        windows.OutputSizes.All(size => size == 1)
        && windows.Inputs.AsSpan().SequenceEqual(Enumerable.Range(0, x.Sizes.Skip(2).Aggregate(1, (all, size) => all * size)).ToArray());

    private static IntegerTensor Planes(IntegerTensor x, Func<int[], int> mean)
    {
        var length = x.Sizes.Skip(2).Aggregate(1, (all, size) => all * size);
        return new IntegerTensor(
            [x.Sizes[0], x.Sizes[1], .. Enumerable.Repeat(1, x.Sizes.Length - 2)],
            [.. x.Values.AsSpan().ToArray().Chunk(length).Select(mean)]);
    }

    public Func<int[], int>? GlobalAverage(Storage input, Storage output) =>
        arithmetic.IsUnfused
            ? plane => FSharp.UnfusedPools.globalAverage(input, output, plane)
            : plane => FSharp.OnnxRuntimePools.globalAverage(input, output, plane);

    public Func<int[], int[]>? Softmax(Storage input, Storage output, int count)
    {
        if (output.Step > 1)
            return null;
        if (Overflows(output, count))
            return count == 1 && IsX64 ? row => [.. row.Select(_ => OfInfinity(output))] : count == 1 ? Exact : null;
        return Exact;

        int[] Exact(int[] row) => FSharp.OnnxRuntimeSoftmax.ofRow(input, output, count).Invoke(row);
    }

    private bool IsX64 => arithmetic.IsOnnxRuntimeX64 || arithmetic.IsOnnxRuntimeX64Fma;

    /// <summary>
    /// Whether the largest term of a row, float32's largest over e⁵ and the number of elements, leaves float32 when it is
    /// multiplied by the output's levels: so it does in a row of one element.
    /// </summary>
    private bool Overflows(Storage output, int count) => IsFused && MathF.Floor(1 / output.Step) / count > 148;

    /// <summary>What x64 makes of an infinite number of steps: the int32 of the lowest bits, to which the zero point is added.</summary>
    private static int OfInfinity(Storage output) => output.Lowest < 0
        ? Math.Clamp(unchecked(int.MinValue + output.ZeroPoint), output.Lowest, output.Highest)
        : Math.Clamp(output.ZeroPoint, output.Lowest, output.Highest);

    private static Func<int, int, int>? Called(FSharpOption<FSharpFunc<int, FSharpFunc<int, int>>>? kernel) =>
        kernel?.Value is { } both ? OptimizedClosures.FSharpFunc<int, int, int>.Adapt(both).Invoke : null;
}

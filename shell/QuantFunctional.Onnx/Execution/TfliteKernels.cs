using System.Collections.Immutable;

namespace QuantFunctional.Onnx.Execution;

/// <summary>TFLite's reference kernels between layers, which work in integers.</summary>
/// <remarks>
/// Where a kernel ties the storage of its result (the windows' means have the input's, LOGISTIC and SOFTMAX their own),
/// a QUANTIZE brings it to the storage that the model asks for, as a converter would write it.
/// </remarks>
/// <param name="rounding">How the build rounds: twice as gemmlowp, or once.</param>
internal sealed class TfliteKernels(RequantizationRounding rounding) : IOperatorKernels
{
    public string Engine => "TFLite";

    public int Quantize(Storage storage, float real) => FSharp.TfliteConversions.quantize(storage, real);

    public Storage Clamp(Storage storage, float low, float high) => FSharp.TfliteConversions.clamp(low, high, storage);

    public ImmutableArray<int>? Requantize(Storage input, Storage output) =>
        FSharp.TfliteConversions.requantize(rounding, input, output)?.Value;

    public Func<int, int, int>? Add(Storage one, Storage other, Storage sum, JoinRuns runs) =>
        FSharp.TfliteElementwise.add(rounding, one, other, sum)?.Value is { } add
            ? (a, b) => add.Invoke(a).Invoke(b)
            : null;

    public Func<int, int, int>? Multiply(Storage one, Storage other, Storage product) =>
        FSharp.TfliteElementwise.multiply(rounding, one, other, product)?.Value is { } multiply
            ? (a, b) => multiply.Invoke(a).Invoke(b)
            : null;

    public ImmutableArray<int>? Sigmoid(Storage input, Storage output) =>
        Has8Bits(input) && OfUnit(output) is { } toOutput
            ? [.. FSharp.TfliteTables.logistic(rounding, input).Select(toOutput)]
            : null;

    public ImmutableArray<int>? LeakyRelu(float slope, Storage input, Storage output) =>
        FSharp.TfliteTables.leakyRelu(rounding, slope, input, output)?.Value;

    public Func<FSharp.KernelPlacement, IntegerTensor, IntegerTensor>? Average(
        Storage input, Storage output, bool countPadding) =>
        Requantize(input, output) is not { } table ? null : (windows, x) =>
        {
            var means = FSharp.TflitePools.average(input, countPadding, windows, x);
            return new IntegerTensor(means.Sizes, [.. means.Values.Select(mean => table[mean - input.Lowest])]);
        };

    public Func<int[], int>? GlobalAverage(Storage input, Storage output) =>
        FSharp.TflitePools.mean(rounding, input, output)?.Value is { } mean ? mean.Invoke : null;

    public Func<int[], int[]>? Softmax(Storage input, Storage output, int count)
    {
        if (!Has8Bits(input) || OfUnit(output) is not { } toOutput)
            return null;
        var softmax = FSharp.TfliteSoftmax.ofRow(rounding, input);
        return row => [.. softmax.Invoke(row).Select(toOutput)];
    }

    /// <summary>From TFLite's storage of what lies between 0 and 1 to the one that is asked for.</summary>
    private Func<int, int>? OfUnit(Storage output) =>
        Requantize(FSharp.TfliteTables.unit, output) is { } table
            ? stored => table[stored - FSharp.TfliteTables.unit.Lowest]
            : null;

    private static bool Has8Bits(Storage storage) => storage.Highest - storage.Lowest == byte.MaxValue;
}

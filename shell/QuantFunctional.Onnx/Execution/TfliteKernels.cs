using System.Collections.Immutable;

namespace QuantFunctional.Onnx.Execution;

/// <summary>TFLite's reference kernels between layers, which work in integers, as TFLite Micro runs them.</summary>
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

    public ImmutableArray<int>? Requantize(Storage input, Storage output) => Table(input, output);

    public Func<int, int, int>? Add(Storage one, Storage other, Storage sum)
    {
        var add = FSharp.TfliteElementwise.add(rounding, one, other, sum);
        return add?.Value is { } sumOf ? (a, b) => sumOf.Invoke(a).Invoke(b) : null;
    }

    public Func<int, int, int>? Multiply(Storage one, Storage other, Storage product)
    {
        var multiply = FSharp.TfliteElementwise.multiply(rounding, one, other, product);
        return (a, b) => multiply.Invoke(a).Invoke(b);
    }

    public ImmutableArray<int>? Sigmoid(Storage input, Storage output)
    {
        if (!Has8Bits(input))
            return null;
        var toOutput = Table(FSharp.TfliteTables.unit, output);
        return [.. FSharp.TfliteTables.logistic(rounding, input).Select(unit => toOutput[unit - sbyte.MinValue])];
    }

    public ImmutableArray<int>? LeakyRelu(float slope, Storage input, Storage output) =>
        slope >= 0 ? FSharp.TfliteTables.leakyRelu(rounding, slope, input, output) : null;

    public Func<FSharp.KernelPlacement, IntegerTensor, IntegerTensor>? Average(
        Storage input, Storage output, bool countPadding)
    {
        var toOutput = Table(input, output);
        return (windows, x) =>
        {
            var means = FSharp.TflitePools.average(input, countPadding, windows, x);
            return new IntegerTensor(means.Sizes, [.. means.Values.Select(mean => toOutput[mean - input.Lowest])]);
        };
    }

    public Func<int[], int>? GlobalAverage(Storage input, Storage output) =>
        plane => FSharp.TflitePools.mean(rounding, input, output, plane);

    public Func<int[], int[]>? Softmax(Storage input, Storage output, int count)
    {
        if (!Has8Bits(input))
            return null;
        var toOutput = Table(FSharp.TfliteTables.unit, output);
        var softmax = FSharp.TfliteSoftmax.ofRow(rounding, input);
        return row => Array.ConvertAll(softmax.Invoke(row), unit => toOutput[unit - sbyte.MinValue]);
    }

    private ImmutableArray<int> Table(Storage input, Storage output) =>
        FSharp.TfliteConversions.requantize(rounding, input, output);

    private static bool Has8Bits(Storage storage) => storage.Highest - storage.Lowest == byte.MaxValue;
}

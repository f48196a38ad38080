using System.Collections.Immutable;

namespace QuantFunctional.Onnx.Execution;

/// <summary>ONNX Runtime's integer kernels between layers, which work in float32.</summary>
internal sealed class OnnxRuntimeKernels : IOperatorKernels
{
    public string Engine => "ONNX Runtime";

    public int Quantize(Storage storage, float real) => FSharp.Storage.quantize(storage, real);

    public Storage Clamp(Storage storage, float low, float high) => FSharp.Storage.clamp(low, high, storage);

    public ImmutableArray<int>? Requantize(Storage input, Storage output) => FSharp.OnnxRuntimeTables.requantize(input, output);

    public Func<int, int, int>? Add(Storage one, Storage other, Storage sum)
    {
        var add = FSharp.OnnxRuntimeElementwise.add(one, other, sum);
        return (a, b) => add.Invoke(a).Invoke(b);
    }

    public Func<int, int, int>? Multiply(Storage one, Storage other, Storage product)
    {
        var multiply = FSharp.OnnxRuntimeElementwise.multiply(one, other, product);
        return (a, b) => multiply.Invoke(a).Invoke(b);
    }

    public ImmutableArray<int>? Sigmoid(Storage input, Storage output) => FSharp.OnnxRuntimeTables.sigmoid(input, output);

    public ImmutableArray<int>? LeakyRelu(float slope, Storage input, Storage output) =>
        FSharp.OnnxRuntimeTables.leakyRelu(slope, input, output);

    public Func<FSharp.KernelPlacement, IntegerTensor, IntegerTensor>? Average(
        Storage input, Storage output, bool countPadding) =>
        (windows, x) => FSharp.OnnxRuntimePools.average(input, output, countPadding, windows, x);

    public Func<int[], int>? GlobalAverage(Storage input, Storage output) =>
        plane => FSharp.OnnxRuntimePools.globalAverage(input, output, plane);

    public Func<int[], int[]>? Softmax(Storage input, Storage output, int count) =>
        output.Step <= 1 ? FSharp.OnnxRuntimeSoftmax.ofRow(input, output, count).Invoke : null;
}

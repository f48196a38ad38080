using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Runs a layer on stored integers: made signed before, brought back to the file's type after.</summary>
internal static class LayerRun
{
    /// <summary>The layer as a function of its stored input.</summary>
    internal static Func<IReadOnlyList<IntegerTensor>, IntegerTensor> Of(
        IntegerLayer layer, Storage input, Storage output)
    {
        var prepared = new Lazy<PreparedLayer>(() => FSharp.FastExecutor.prepare(layer));
        return x => Moved(
            Run(prepared.Value, AsRows(layer, Moved(x[0], LayerEncoding.ToSigned(input))), x[0]),
            -LayerEncoding.ToSigned(output));
    }

    /// <summary>A product takes rows: all axes but the last count samples.</summary>
    private static IntegerTensor AsRows(IntegerLayer layer, IntegerTensor x) =>
        layer.Shape.KernelSizes.Length > 0 || x.Sizes.Length == 2
            ? x
            : new IntegerTensor([x.Values.Length / x.Sizes[^1], x.Sizes[^1]], x.Values);

    private static IntegerTensor Run(PreparedLayer layer, IntegerTensor x, IntegerTensor asGiven)
    {
        var result = FSharp.FastExecutor.run(Environment.ProcessorCount, layer, x);
        if (!result.IsOk)
            throw Diagnostics.Of(result.ErrorValue).Fault(result.ErrorValue.Message);
        var output = result.ResultValue;
        return x.Sizes.Length == asGiven.Sizes.Length
            ? output
            : new IntegerTensor(asGiven.Sizes.SetItem(asGiven.Sizes.Length - 1, output.Sizes[1]), output.Values);
    }

    private static IntegerTensor Moved(IntegerTensor x, int by) =>
        by == 0 ? x : new IntegerTensor(x.Sizes, [.. x.Values.Select(value => value + by)]);
}

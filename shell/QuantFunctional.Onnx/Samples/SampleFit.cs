using QuantFunctional.Formats;

namespace QuantFunctional.Onnx.Samples;

/// <summary>What an array feeds an input with.</summary>
internal enum Feeding
{
    /// <summary>Samples, which lie side by side along the input's batch.</summary>
    Samples,

    /// <summary>The whole input of one run after the other.</summary>
    Runs,

    /// <summary>The whole input, the same for every run.</summary>
    Once,
}

/// <summary>A way in which an array can feed an input.</summary>
/// <param name="Feeding">What it holds.</param>
/// <param name="Count">How many samples or runs; 1 of what is given once.</param>
/// <param name="Shape">The shape of one of them, of a sample without the batch.</param>
/// <param name="IsWhole">Whether the first axis counts nothing, so that the array is one sample or input.</param>
internal sealed record Fitting(Feeding Feeding, long Count, IReadOnlyList<long> Shape, bool IsWhole);

/// <summary>Whether and how an array can feed an input.</summary>
internal static class SampleFit
{
    /// <summary>Every way in which it can; samples before whole inputs, and these before what is given once.</summary>
    /// <param name="array">What the array's header says.</param>
    /// <param name="input">The input.</param>
    /// <param name="mayBeOneSample">Whether an array without the axis of samples is taken as one sample.</param>
    public static IReadOnlyList<Fitting> Of(ArrayInfo array, ModelInput input, bool mayBeOneSample)
    {
        var shape = array.Shape;
        if (input.Dims is not { } dims)
            return OfAnyShape(array, input.BatchAxis);
        var ways = new List<Fitting>();
        if (input.SampleDims is { } sample && OfSamples(array, sample, input.BatchAxis!.Value, mayBeOneSample) is { } samples)
            ways.Add(samples);
        if (shape.Count == dims.Count + 1 && Fits(array.SampleShape, dims))
            ways.Add(new Fitting(Feeding.Runs, shape[0], array.SampleShape, IsWhole: false));
        if (Fits(shape, dims) && input.Batch is null or > 0)
            ways.Add(new Fitting(Feeding.Once, 1, shape, IsWhole: true));
        return ways;
    }

    /// <summary>The axis that would have to be the batch, so that the array held samples; null where there is none.</summary>
    public static int? BatchAxisFor(ArrayInfo array, ModelInput input) => Enumerable.Range(0, input.Dims?.Count ?? 0)
        .Where(axis => axis != input.BatchAxis)
        .Select(axis => (int?)axis)
        .FirstOrDefault(axis => Of(array, input with { BatchAxis = axis }, mayBeOneSample: false).Any(way => way.Feeding == Feeding.Samples));

    private static IReadOnlyList<Fitting> OfAnyShape(ArrayInfo array, int? batchAxis) => array.Shape.Count == 0 || batchAxis >= array.Shape.Count
        ? []
        : [new Fitting(batchAxis is null ? Feeding.Runs : Feeding.Samples, array.Shape[0], array.SampleShape, IsWhole: false)];

    private static Fitting? OfSamples(ArrayInfo array, IReadOnlyList<long> sample, int axis, bool mayBeOneSample)
    {
        var shape = array.Shape;
        if (shape.Count > 0 && Fits(array.SampleShape, sample))
            return new Fitting(Feeding.Samples, shape[0], array.SampleShape, IsWhole: false);

        // each sample may have a batch of 1 of its own
        if (shape.Count == sample.Count + 2 && shape[axis + 1] == 1 && Without(array.SampleShape, axis) is var own && Fits(own, sample))
            return new Fitting(Feeding.Samples, shape[0], own, IsWhole: false);
        if (!mayBeOneSample)
            return null;
        if (Fits(shape, sample))
            return new Fitting(Feeding.Samples, 1, shape, IsWhole: true);
        return shape.Count == sample.Count + 1 && shape[axis] == 1 && Without(shape, axis) is var whole && Fits(whole, sample)
            ? new Fitting(Feeding.Samples, 1, whole, IsWhole: true)
            : null;
    }

    private static long[] Without(IReadOnlyList<long> shape, int axis) => [.. shape.Where((_, i) => i != axis)];

    private static bool Fits(IReadOnlyList<long> shape, IReadOnlyList<long> dims) =>
        shape.Count == dims.Count && shape.Zip(dims).All(axis => axis.Second < 0 || axis.First == axis.Second);
}

using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using QuantFunctional.FSharp;

namespace QuantFunctional;

/// <summary>Runs a planned layer on integers, exactly and in plain loops: what the plan means.</summary>
/// <remarks>Every intermediate is checked. It is made to be read and compared with, not to be fast.</remarks>
public static class PlanRunner
{
    /// <summary>The intermediates that a layer has on its target, in the order in which they come about.</summary>
    public static IReadOnlyList<Intermediate> Intermediates(IntegerLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Executor.intermediates(layer);
    }

    /// <summary>Runs a layer, or says why it cannot be run on this input.</summary>
    /// <param name="plan">The layer.</param>
    /// <param name="input">Samples, channels, then the axes of the kernel; none of them empty.</param>
    /// <param name="execution">Every intermediate of every output, and the output.</param>
    /// <param name="fault">The input does not fit the layer, or an integer does not hold an intermediate.</param>
    /// <returns>True with <paramref name="execution"/>, or false with <paramref name="fault"/>.</returns>
    public static bool TryRun(
        QuantizedLayer plan,
        IntegerTensor input,
        [NotNullWhen(true)] out Execution? execution,
        [NotNullWhen(false)] out ExecutionFault? fault)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return TryRun(plan.Integers, input, out execution, out fault);
    }

    /// <summary>Runs the integers of a layer, whoever made them, or says why they cannot be run on this input.</summary>
    /// <param name="layer">The integers.</param>
    /// <param name="input">Samples, channels, then the axes of the kernel; none of them empty.</param>
    /// <param name="execution">Every intermediate of every output, and the output.</param>
    /// <param name="fault">The input does not fit the layer, or an integer does not hold an intermediate.</param>
    /// <returns>True with <paramref name="execution"/>, or false with <paramref name="fault"/>.</returns>
    public static bool TryRun(
        IntegerLayer layer,
        IntegerTensor input,
        [NotNullWhen(true)] out Execution? execution,
        [NotNullWhen(false)] out ExecutionFault? fault)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(input);
        execution = null;
        fault = Misfit(layer, input);
        return fault is null && Executor.run(layer, input).TryOpen(out execution, out fault);
    }

    /// <summary>Runs a layer.</summary>
    /// <param name="plan">The layer.</param>
    /// <param name="input">Samples, channels, then the axes of the kernel; none of them empty.</param>
    /// <exception cref="QuantException">
    /// The input does not fit the layer, which is bad input; or an integer does not hold an intermediate, and the message
    /// names its channel.
    /// </exception>
    public static Execution Run(QuantizedLayer plan, IntegerTensor input) =>
        TryRun(plan, input, out var execution, out var fault)
            ? execution
            : throw Diagnostics.Of(fault).Fault($"{fault.Message}.");

    /// <summary>
    /// <see cref="FaultKind.Failed"/> where an intermediate overflows, <see cref="FaultKind.BadInput"/> where the input
    /// does not fit the layer.
    /// </summary>
    public static FaultKind Kind(this ExecutionFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault is ExecutionFault.Overflow ? FaultKind.Failed : FaultKind.BadInput;
    }

    /// <summary>What the loops, which count in 32 bits, could not run; null where there is nothing.</summary>
    private static ExecutionFault? Misfit(IntegerLayer layer, IntegerTensor input)
    {
        var shape = layer.Shape;
        var kernel = shape.KernelSizes;
        var sizes = input.Sizes.IsDefault ? [] : input.Sizes;
        var channels = shape.Inputs * shape.Groups;
        ExecutionFault Fault(string expected) => ExecutionFault.NewInputShape(sizes, expected);

        if (sizes.Length != 2 + kernel.Length || sizes[1] != channels)
            return Fault($"the layer takes {Axes(kernel.Length)}, with {channels} channels");
        if (sizes.Any(size => size < 1))
            return Fault("every axis has at least one entry");
        if (input.Values.IsDefault || Product(sizes) != input.Values.Length)
            return Fault($"there are {(input.Values.IsDefault ? 0 : input.Values.Length)} values");

        var output = new BigInteger[kernel.Length];
        for (var axis = 0; axis < kernel.Length; axis++)
        {
            var (size, widest) = Along(layer.Geometry, kernel, axis, sizes[2 + axis]);
            if (size < 1)
                return Fault($"the kernel does not fit in axis {2 + axis}, so that there is no output");
            if (widest > Array.MaxLength)
                return Fault($"axis {2 + axis} with its padding is longer than {Array.MaxLength}");
            output[axis] = size;
        }

        var positions = output.Aggregate(BigInteger.One, (product, size) => product * size);
        return positions * shape.Positions > Array.MaxLength
               || positions * shape.Channels * sizes[0] > Array.MaxLength
            ? Fault($"its output would have more than {Array.MaxLength} values")
            : null;
    }

    /// <summary>The length of the output along an axis, and the largest number that its loops count to.</summary>
    private static (BigInteger Output, BigInteger Widest) Along(
        Geometry geometry, ImmutableArray<int> kernel, int axis, int input)
    {
        BigInteger stride = geometry.Strides[axis];
        var reach = (BigInteger)geometry.Dilations[axis] * (kernel[axis] - 1) + 1;
        var padding = (BigInteger)geometry.Pads[axis] + geometry.Pads[kernel.Length + axis];
        if (geometry.IsTransposed)
        {
            var spread = (input - 1) * stride + reach;
            return (spread - padding, BigInteger.Max(spread, padding));
        }

        var room = input + padding - reach;
        return (room.Sign < 0 ? 0 : room / stride + 1, BigInteger.Max(input + padding, BigInteger.Max(reach, stride)));
    }

    private static BigInteger Product(ImmutableArray<int> sizes) =>
        sizes.Aggregate(BigInteger.One, (product, size) => product * size);

    private static string Axes(int kernelAxes) => kernelAxes switch
    {
        0 => "2 axes, samples and channels",
        1 => "3 axes, samples, channels and one of the kernel",
        _ => $"{2 + kernelAxes} axes, samples, channels and {kernelAxes} of the kernel",
    };
}

using System.Diagnostics.CodeAnalysis;

namespace QuantFunctional;

/// <summary>Plans layers of which only the weights become integers: int8, int4 or uint4, with real activations.</summary>
/// <remarks>Plans are immutable and compare by content; the same weights and options give the same plan everywhere.</remarks>
public static class WeightOnlyPlanner
{
    /// <summary>Plans a layer's weights, or says why they cannot be planned.</summary>
    /// <returns>True with <paramref name="plan"/>, or false with <paramref name="refusal"/>.</returns>
    public static bool TryPlan(
        WeightOnlySpec layer,
        WeightOnlyOptions options,
        [NotNullWhen(true)] out WeightOnlyLayer? plan,
        [NotNullWhen(false)] out Refusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(options);
        plan = null;
        return FSharp.WeightView.create(layer.Layout, layer.Groups, layer.Shape, layer.Weights)
                .TryOpen(out var weights, out refusal)
            && FSharp.WeightOnly.plan(options.ToRequest(), weights, layer.Bias).TryOpen(out plan, out refusal);
    }

    /// <summary>Plans a layer's weights.</summary>
    /// <exception cref="QuantException">
    /// The arrays do not fit each other, a number is not finite, or the group size is below 1.
    /// </exception>
    public static WeightOnlyLayer Plan(WeightOnlySpec layer, WeightOnlyOptions options) =>
        TryPlan(layer, options, out var plan, out var refusal)
            ? plan
            : throw Diagnostics.Of(refusal).Fault(FaultKind.BadInput, $"{refusal.Message}.");

    /// <summary>The weights that a plan really computes with: each integer, less its zero point where it has one, times its step, in the order of the weights.</summary>
    public static float[] FakeQuantizedWeights(WeightOnlyLayer plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return FSharp.WeightOnly.fakeQuantized(plan);
    }

    /// <summary>
    /// Packs int4 values two a byte, the first of each two in the low half; an odd count leaves the last high half 0.
    /// </summary>
    /// <exception cref="QuantException">A value does not lie in -8 .. 7.</exception>
    public static byte[] PackInt4(ReadOnlySpan<sbyte> values) =>
        FSharp.Int4Packing.pack(values).OpenOrThrow("packing");

    /// <summary>Takes int4 values out of their bytes again.</summary>
    /// <exception cref="QuantException">So many values take another number of bytes.</exception>
    public static sbyte[] UnpackInt4(ReadOnlySpan<byte> bytes, int count) =>
        FSharp.Int4Packing.unpack(count, bytes).OpenOrThrow("unpacking");
}

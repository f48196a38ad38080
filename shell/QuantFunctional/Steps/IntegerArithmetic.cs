using System.Collections.Immutable;
using QuantFunctional.FSharp;

namespace QuantFunctional.Steps;

/// <summary>Integer weights and what follows from them (docs/arithmetic.md).</summary>
public static class IntegerArithmetic
{
    /// <summary>Qw = clamp(rne(w·Sw), −m, m), in the order of the real weights, with the sums by sign.</summary>
    public static IntegerWeights QuantizeWeights(WeightView weights, Channelwise<double> weightScale, int bits = 8) =>
        Weights.quantize(bits, weightScale, weights);

    /// <summary>Qw / Sw, 0 where Sw is 0: the real weights that the integer layer computes with.</summary>
    public static ImmutableArray<float> FakeQuantizedWeights(
        WeightView weights, Channelwise<double> weightScale, IntegerWeights integers) =>
        ImmutableArray.Create(Weights.fakeQuantized(weightScale, weights.Shape, integers.Values));

    /// <summary>P0 of each output channel: the product when every input holds the zero point.</summary>
    /// <param name="profile">The target, which may take the zero point off each input; P0 is 0 then.</param>
    /// <param name="path">The algorithm that multiplies.</param>
    /// <param name="zeroPoint">Za.</param>
    /// <param name="intrinsicShift">h.</param>
    /// <param name="integers">The integer weights.</param>
    public static ImmutableArray<long> ProductZeroValue(
        BackendProfile profile,
        ActivationPath path,
        int zeroPoint,
        Channelwise<int> intrinsicShift,
        IntegerWeights integers) =>
        ImmutableArray.Create(Products.zeroValue(profile, path, zeroPoint, intrinsicShift, integers));

    /// <summary>Zb of an output channel: Zc·2^shift where the zero point travels in the bias, else 0.</summary>
    public static long OutputZeroPointCorrectionInBias(
        BackendProfile profile, Precision precision, Plan plan, int channel) =>
        ZeroPoints.correctionInBias(profile, precision, plan, channel);
}

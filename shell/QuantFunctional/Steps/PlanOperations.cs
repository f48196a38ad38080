using QuantFunctional.FSharp;

namespace QuantFunctional.Steps;

/// <summary>
/// The operations on plans. Each gives a new plan in which S = 2^h·Sc / (Sa·Sw) holds for every live channel; none changes
/// the requantization of a dead one.
/// </summary>
public static class PlanOperations
{
    /// <summary>h set to a value for each entry; S follows.</summary>
    public static Plan SetIntrinsicShift(this Plan plan, Channelwise<int> value) =>
        FSharp.Plan.setIntrinsicShift(value, plan);

    /// <summary>Sw set to 0 where asked; with <see cref="SetRequantOne"/> this makes a channel dead.</summary>
    public static Plan SetWeightZero(this Plan plan, Channelwise<bool> positions) =>
        FSharp.Plan.setWeightZero(positions, plan);

    /// <summary>S set to 1 where asked.</summary>
    public static Plan SetRequantOne(this Plan plan, Channelwise<bool> positions) =>
        FSharp.Plan.setRequantOne(positions, plan);

    /// <summary>Sw multiplied by 2^exponent; S follows.</summary>
    public static Plan ScaleWeightPow2(this Plan plan, Channelwise<int> exponent) =>
        FSharp.Plan.scaleWeightPow2(exponent, plan);

    /// <summary>Sc multiplied by 2^exponent; S follows, the zero point stays.</summary>
    public static Plan ScaleOutputPow2(this Plan plan, int exponent) =>
        FSharp.Plan.scaleOutputPow2(exponent, plan);

    /// <summary>S multiplied by 2^exponent, by giving Sw the opposite factor.</summary>
    public static Plan ScaleRequantPow2(this Plan plan, Channelwise<int> exponent) =>
        FSharp.Plan.scaleRequantPow2(exponent, plan);

    /// <summary>The right shift raised by a number of bits, and S divided accordingly; the multiplier stays.</summary>
    public static Requantization AdjustShift(this Requantization requantization, int bits) =>
        FSharp.Requantization.adjustShift(bits, requantization);

    /// <summary>S = 1 in the given positions: multiplier 1, shift 0.</summary>
    public static Channelwise<Requantization> SetUnitScale(
        this Channelwise<Requantization> requantization, Channelwise<bool> positions) =>
        FSharp.Requantization.setUnitScale(positions, requantization);
}

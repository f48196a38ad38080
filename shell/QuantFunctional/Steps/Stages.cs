using System.Collections.Immutable;
using QuantFunctional.FSharp;

namespace QuantFunctional.Steps;

/// <summary>
/// The stages of an attempt one by one, for those who verify or replace one of them; <see cref="Planner"/> runs them all.
/// </summary>
public static class Stages
{
    /// <summary>The first plan: scales that use the integer types best, before any limit of the target is looked at.</summary>
    /// <param name="stage">What to plan; its parameters may give up bits and raise intrinsic shifts.</param>
    /// <param name="weightScale">The weights' scales with no bits given up; <see cref="Scales.WeightScale(Stage, WeightMagnitudes)"/>
    /// has the larger steps that the stage's parameters ask for.</param>
    /// <exception cref="QuantException">A scale leaves what files hold; the message says which.</exception>
    public static Plan SelectScales(Stage stage, Channelwise<double> weightScale)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return Pipeline.select(weightScale, stage).OpenOrThrow("layer");
    }

    /// <summary>Says whether saturation does the layer's ReLU; retries with the fallback precision where it does not.</summary>
    public static StageOutcome<Plan> CheckRelu(Stage stage, Plan plan) => Adjustments.checkRelu(stage, plan).Open();

    /// <summary>
    /// Makes sure that no two neighbouring products leave 16 bits, on targets that add them there, or retries with larger steps
    /// or fewer bits of the weights.
    /// </summary>
    /// <param name="stage">What is planned.</param>
    /// <param name="magnitudes">What <see cref="Scales.Magnitudes"/> found.</param>
    /// <param name="plan">The plan so far.</param>
    public static StageOutcome<Plan> TryAdjustPairs(Stage stage, WeightMagnitudes magnitudes, Plan plan) =>
        PairLimit.check(stage, magnitudes, plan).Open();

    /// <summary>The integers that the stage's request asks for, from the nearest ones.</summary>
    /// <exception cref="QuantException">Differences do not fit the layer and its scales.</exception>
    public static IntegerWeights RoundWeights(Stage stage, Plan plan, IntegerWeights nearest)
    {
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentNullException.ThrowIfNull(plan);
        return FSharp.WeightRounding.round(
            stage.Request.WeightRounding, stage.ProductSums, plan.WeightScale, stage.Layer.Weights.Shape, nearest).OpenOrThrow("weights");
    }

    /// <summary>Makes dead what has no integer weight other than 0, with a warning.</summary>
    public static StageOutcome<Plan> AdjustZeroWeights(IntegerWeights integers, Plan plan) =>
        Adjustments.zeroWeights(integers, plan).Open();

    /// <summary>Brings every live shift into the target's range, or retries with less.</summary>
    public static StageOutcome<Plan> TryAdjustShiftValue(Stage stage, IntegerWeights integers, Plan plan) =>
        Adjustments.shiftRange(stage, integers, plan).Open();

    /// <summary>Makes sure that the accumulator holds the observed output range divided by S, or retries with less.</summary>
    public static StageOutcome<Plan> TryAdjustProductValue(Stage stage, IntegerWeights integers, Plan plan) =>
        Adjustments.productRange(stage, integers, plan).Open();

    /// <summary>
    /// The last word on scales, output type and output encoding: widens a 16-bit output where that was asked for and costs
    /// nothing. Weight scale, bias scale, requantization and output are the plan's members.
    /// </summary>
    public static StageOutcome<Plan> QuantizeScales(Stage stage, Plan plan) => Widening.widen(stage, plan).Open();

    /// <summary>
    /// The same where the biases are known: a dead channel's bias is in steps of the output, so where a wider one would take
    /// it out of the accumulator the output stays as it is.
    /// </summary>
    /// <param name="stage">What is planned.</param>
    /// <param name="integers">The integer weights.</param>
    /// <param name="realBias">One real bias for each output channel.</param>
    /// <param name="plan">The plan before it is widened.</param>
    public static StageOutcome<Plan> QuantizeScales(
        Stage stage, IntegerWeights integers, ImmutableArray<double> realBias, Plan plan) =>
        Widening.widenWithin(stage, integers, realBias, plan).Open();

    /// <summary>The real biases with their correction, one for each output channel.</summary>
    /// <exception cref="QuantException">The correction's means do not fit the layer.</exception>
    public static ImmutableArray<double> CorrectBias(
        Layer layer, BiasCorrection correction, Plan plan, IntegerWeights integers)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return FSharp.BiasCorrection.corrected(correction, layer, plan.WeightScale, integers).OpenOrThrow("bias");
    }

    /// <summary>The integer biases, or a retry with less where product and bias leave the accumulator.</summary>
    /// <param name="stage">What is planned.</param>
    /// <param name="integers">The integer weights.</param>
    /// <param name="realBias">One real bias for each output channel.</param>
    /// <param name="narrow">The plan before <see cref="QuantizeScales(Stage, Plan)"/>.</param>
    /// <param name="plan">The plan after it.</param>
    public static StageOutcome<ImmutableArray<long>> TryQuantizeBias(
        Stage stage, IntegerWeights integers, ImmutableArray<double> realBias, Plan narrow, Plan plan) =>
        Bias.quantize(stage, integers, realBias, narrow, plan).Open();
}

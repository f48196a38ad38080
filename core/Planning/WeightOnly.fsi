namespace QuantFunctional

open System.Collections.Immutable

/// Integer weights for real activations (docs/arithmetic.md). Compares by
/// content. With one step per tensor or per channel, `out = (Σ a·(Qw − Z) + Bias)·step` in each output channel; with one per
/// group, `out = Σ step·(Σ a·(Qw − Z) over the group) + Bias`. Z is 0 unless the type has zero points.
[<Sealed; NoComparison>]
type WeightOnlyLayer =
    /// What was asked for.
    member Request: WeightOnlyRequest

    /// What the weights' axes are.
    member Shape: WeightShape

    /// Qw = rne(w/step) + Z held in the type's range, or what rounding by second moments made of it, one for each weight, in the order of the real weights; also
    /// int4 takes one entry each.
    member Weights: ImmutableArray<sbyte>

    /// Real units per integer, as files hold them: one for the tensor, one for each output channel, or one for each group
    /// of each channel (all groups of channel 0, then those of channel 1 …). 1 where every integer weight stands for 0. Searched ones
    /// of a type without zero points may be negative: then the lowest integer stands for the highest weight.
    member Steps: ImmutableArray<float>

    /// Z, the integer that stands for 0, of each step; empty where the type has no zero points.
    member ZeroPoints: ImmutableArray<sbyte>

    /// What is added for each output channel, or empty where there is no bias: before the factor, in units of the
    /// channel's step (b′ = b·Sw); with one step per group after it, in real units (b itself).
    member Bias: ImmutableArray<float>

    /// How many weights share a step inside a channel: all of them, or a group's.
    member GroupSize: int

    /// How many groups a channel has: 1 unless there is one step per group.
    member GroupsPerChannel: int

    /// The step of a weight; `weight` counts in the channel's logical order.
    member StepOf: channel: int * weight: int -> float

    /// The integer that stands for 0 beside a weight; `weight` counts in the channel's logical order.
    member ZeroPointOf: channel: int * weight: int -> sbyte

    /// The output channels of which every integer weight stands for 0.
    member VanishedChannels: ImmutableArray<int>

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Quantizes weights for real activations.
[<RequireQualifiedAccess>]
module WeightOnly =
    /// The plan for weights and one bias for each output channel, or none. Refused: a weight or bias that is not finite,
    /// another number of biases, a group size below 1.
    val plan:
        request: WeightOnlyRequest ->
        weights: WeightView ->
        bias: ReadOnlyMemory<float32> ->
            Result<WeightOnlyLayer, Refusal>

    /// A plan from its parts, as a document holds them. Refused: parts that do not fit each other.
    val ofParts:
        request: WeightOnlyRequest ->
        shape: WeightShape ->
        weights: ImmutableArray<sbyte> ->
        steps: ImmutableArray<float> ->
        zeroPoints: ImmutableArray<sbyte> ->
        bias: ImmutableArray<float> ->
            Result<WeightOnlyLayer, Refusal>

    /// (Qw − Z)·step for each weight, in the order of the real weights: what the layer really computes with.
    val fakeQuantized: layer: WeightOnlyLayer -> float32 array

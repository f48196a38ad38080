namespace QuantFunctional

/// The scales of a layer under planning (docs/arithmetic.md):
/// `S = 2^h·Sc / (Sa·Sw)` holds for every live channel. A channel is dead where Sw is 0.
[<Sealed; NoComparison>]
type Plan =
    /// Sa and Za: how the input is stored.
    member Input: Encoding

    /// Sw, steps per real unit of the weights; 0 for a dead channel.
    member WeightScale: Channelwise<float>

    /// 1/Sw, real units per step of the weights; 0 for a dead channel, whose weights are 0 whatever the step.
    member WeightStepSize: Channelwise<float>

    /// Sc and Zc: how the output is stored.
    member Output: Encoding

    /// S: from the accumulator to the output.
    member Requantization: Channelwise<Requantization>

    /// h: the right shift inside the product.
    member IntrinsicShift: Channelwise<int>

    /// Sb = Sa·Sw / 2^h, the accumulator's steps per real unit; Sc for a dead channel.
    member BiasScale: Channelwise<float>

    /// 1/Sb, real units per step of the accumulator.
    member BiasStepSize: Channelwise<float>

    /// True where no integer weight of the channel is other than 0.
    member IsDead: channel: int -> bool

namespace QuantFunctional.FSharp

open QuantFunctional

/// The operations on plans. Each gives a new plan that keeps the relation between the scales; none changes the
/// requantization of a dead channel.
[<RequireQualifiedAccess>]
module Plan =
    /// A plan from its parts, which must already be related as the type says.
    val create:
        input: Encoding ->
        weightScale: Channelwise<float> ->
        output: Encoding ->
        requantization: Channelwise<Requantization> ->
        intrinsicShift: Channelwise<int> ->
            Plan

    /// A plan from the parts that a document holds. Refused: a live entry whose S is not 2^h·Sc/(Sa·Sw) to a relative
    /// 2^−20 (a file's float32 steps meet it to 2^−22), a dead one whose S is not 1.
    val ofParts:
        input: Encoding ->
        weightScale: Channelwise<float> ->
        output: Encoding ->
        requantization: Channelwise<Requantization> ->
        intrinsicShift: Channelwise<int> ->
            Result<Plan, Refusal>

    /// h set to a value for each entry; S follows.
    val setIntrinsicShift: value: Channelwise<int> -> Plan -> Plan

    /// Sw set to 0 where asked. Together with `setRequantOne` this makes a channel dead.
    val setWeightZero: positions: Channelwise<bool> -> Plan -> Plan

    /// S set to 1 where asked.
    val setRequantOne: positions: Channelwise<bool> -> Plan -> Plan

    /// Sw multiplied by 2^exponent; S follows.
    val scaleWeightPow2: exponent: Channelwise<int> -> Plan -> Plan

    /// Sc multiplied by 2^exponent; S follows, the zero point stays.
    val scaleOutputPow2: exponent: int -> Plan -> Plan

    /// The output as a 32-bit symmetric one with Sc multiplied by 2^bits; S follows.
    val widenOutput: bits: int -> Plan -> Plan

    /// S multiplied by 2^exponent, by giving Sw the opposite factor.
    val scaleRequantPow2: exponent: Channelwise<int> -> Plan -> Plan

    /// The entries that are alive.
    val live: Plan -> Channelwise<bool>

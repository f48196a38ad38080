namespace QuantFunctional

open System.Collections.Immutable

/// The precision that a user asks for. A fallback for ReLU exists for the shift-only precisions alone.
[<RequireQualifiedAccess; NoComparison>]
type PrecisionRequest =
    /// This precision, or a refusal.
    | Exactly of Precision
    /// SimaInt8, or TfliteInt8 where the target cannot run the layer's ReLU with it.
    | SimaInt8OrTflite
    /// SimaInt16, or TfliteInt16 where the target cannot run the layer's ReLU with it.
    | SimaInt16OrTflite
    /// SimaInt16, with an int32 output where the observed range leaves shifts to give: `allowFullOutputPrecision`.
    | SimaInt16OrWider

    /// The precision of the first attempt.
    member p.First =
        match p with
        | Exactly precision -> precision
        | SimaInt8OrTflite -> Precision.SimaInt8
        | SimaInt16OrTflite
        | SimaInt16OrWider -> Precision.SimaInt16

    /// The precision to fall back to; null where there is none.
    member p.Fallback: Precision | null =
        match p with
        | Exactly _
        | SimaInt16OrWider -> null
        | SimaInt8OrTflite -> Precision.TfliteInt8
        | SimaInt16OrTflite -> Precision.TfliteInt16

    /// A precision alone asks for exactly that.
    static member op_Implicit(precision: Precision) : PrecisionRequest = Exactly precision

    override p.ToString() =
        match p with
        | Exactly precision -> precision.Name
        | SimaInt8OrTflite -> "sima-int8, else tflite-int8"
        | SimaInt16OrTflite -> "sima-int16, else tflite-int16"
        | SimaInt16OrWider -> "sima-int16, else sima-int32"

/// How a layer is to be planned.
[<NoComparison>]
type PlanRequest =
    {
        /// The target.
        Profile: BackendProfile
        /// The precision of the output.
        Precision: PrecisionRequest
        /// True for one weight scale per output channel, false for one in all.
        PerChannel: bool
        /// True where the output's zero point may be other than 0.
        Asymmetric: bool
        /// What is added to the biases for the error of the weights.
        BiasCorrection: BiasCorrection
        /// Which integers the weights become.
        WeightRounding: WeightRounding
    }

    override r.ToString() =
        let granularity = if r.PerChannel then "per channel" else "per tensor"
        $"{r.Precision} {granularity} for {r.Profile.Name}"

/// A layer in integers, the scales behind them, and how they were found.
[<NoComparison>]
type QuantizedLayer =
    {
        /// What was asked for.
        Request: PlanRequest
        /// The precision that was used: the one asked for, or its fallback.
        Precision: Precision
        /// The output's distribution that the plan was made for.
        Observed: ObservedDistribution
        /// What follows the layer's sum.
        Activation: Activation
        /// The scales.
        Plan: Plan
        /// The real biases with their correction, one for each output channel.
        RealBias: ImmutableArray<float>
        /// What the target holds.
        Integers: IntegerLayer
        /// The attempts.
        Trace: Trace
    }

    /// What a user should know.
    member q.Warnings: ImmutableArray<Warning> = q.Trace.Last.Warnings

    override q.ToString() =
        $"""{q.Precision}, {q.Integers}, {FSharp.ShortText.counted q.Trace.Attempts.Length "attempt"}"""

namespace QuantFunctional.FSharp

open QuantFunctional

/// How a layer is planned where nothing is said.
[<RequireQualifiedAccess>]
module PlanRequest =
    /// 8 bits with multiplier and shift, one weight scale per output channel, any zero point, in the reference arithmetic.
    let defaults: PlanRequest =
        {
            Profile = BackendProfile.reference
            Precision = PrecisionRequest.Exactly Precision.TfliteInt8
            PerChannel = true
            Asymmetric = true
            BiasCorrection = BiasCorrection.Off
            WeightRounding = WeightRounding.Nearest
        }

namespace QuantFunctional.Proofs

open System
open System.Numerics
open QuantFunctional
open QuantFunctional.FSharp

/// A double as a whole number times a power of two, exactly.
[<Struct; NoComparison>]
type Dyadic = { Mantissa: BigInteger; Exponent: int }

[<RequireQualifiedAccess>]
module Dyadic =

    let ofFloat (x: float) : Dyadic =
        if x = 0.0 then
            {
                Mantissa = BigInteger.Zero
                Exponent = 0
            }
        else
            let exponent = Math.ILogB x - 52

            {
                Mantissa = BigInteger(Math.ScaleB(x, -exponent))
                Exponent = exponent
            }

    let times (a: Dyadic) (b: Dyadic) : Dyadic =
        {
            Mantissa = a.Mantissa * b.Mantissa
            Exponent = a.Exponent + b.Exponent
        }

/// The distance of one output channel from the real channel with fake-quantized weights, in whole numbers: every term over the
/// same denominator, so that nothing is rounded.
[<NoComparison; NoEquality>]
type Measure =
    {
        /// What an output step is.
        Step: BigInteger
        /// What (a − Za)·w = 1 is: the real factor S.
        Factor: BigInteger
        /// What the real bias is.
        Bias: BigInteger
        /// The certified bound.
        Bound: BigInteger
    }

[<RequireQualifiedAccess>]
module Measure =

    /// The measure of a channel with a bound. Sc·K/(Sa·Sw) + b·Sc and the output in steps, all times Sa·Sw and a power of two.
    let ofChannel (planned: QuantizedLayer) (bound: float) (channel: int) : Measure =
        let plan = planned.Plan
        let scale = Dyadic.ofFloat plan.Output.Scale

        let claimed =
            Dyadic.times (Dyadic.ofFloat plan.Input.Scale) (Dyadic.ofFloat plan.WeightScale[channel])

        let bias =
            Dyadic.times claimed (Dyadic.times scale (Dyadic.ofFloat planned.RealBias[channel]))

        let limit = Dyadic.times claimed (Dyadic.ofFloat bound)

        let lowest = [ claimed; scale; bias; limit ] |> List.map _.Exponent |> List.min

        let whole (x: Dyadic) = x.Mantissa <<< (x.Exponent - lowest)

        {
            Step = whole claimed
            Factor = whole scale
            Bias = whole bias
            Bound = whole limit
        }

    /// How far an output is off, for the sum Σ (a − Za)·w; in the measure's unit.
    let error (measure: Measure) (steps: int64) (sum: int64) : BigInteger =
        BigInteger steps * measure.Step - BigInteger sum * measure.Factor - measure.Bias

    /// A distance over the bound.
    let ratio (measure: Measure) (distance: BigInteger) : float =
        let thousandths =
            BigInteger.Divide(BigInteger.Abs distance * BigInteger 1_000_000, measure.Bound)

        float thousandths / 1e6

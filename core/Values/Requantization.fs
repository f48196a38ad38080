namespace QuantFunctional

[<NoComparison>]
type Requantization =
    {
        scale: float
        multiplier: int
        shift: int
    }

    member r.Scale = r.scale
    member r.Multiplier = r.multiplier
    member r.Shift = r.shift

    override r.ToString() = $"{r.multiplier}*2^{-r.shift}"

namespace QuantFunctional.FSharp

open System
open QuantFunctional

[<RequireQualifiedAccess>]
module Requantization =

    let ofPow2 (exponent: int) : Requantization =
        {
            scale = Numbers.scalePow2 exponent 1.0
            multiplier = 1
            shift = -exponent
        }

    let unit: Requantization = ofPow2 0

    let ofScale (form: MultiplierForm) (scale: float) : Result<Requantization, Refusal> =
        if not (Double.IsNormal scale && scale > 0.0) then
            Error(Refusal.ScaleOutOfRange("the requantization", RealText.ofDouble scale))
        else
            let bits = form.Width
            let exponent = Math.ILogB scale + 1 // S = f·2^exponent, ½ ≤ f < 1
            let units = Numbers.scalePow2 (bits - exponent) scale
            let rounded = int64 (Math.Round(units, MidpointRounding.AwayFromZero)) // as TFLite rounds
            let carry = int (rounded >>> bits) // 1 where an f just below 1 rounds up to 2^bits

            Ok
                {
                    scale = scale
                    multiplier = int (rounded >>> carry)
                    shift = bits - exponent - carry
                }

    let ofParts (scale: float) (multiplier: int) (shift: int) : Result<Requantization, Refusal> =
        let exact = Numbers.scalePow2 -shift (float multiplier)

        let near = abs (exact - scale) * 2.0 * float multiplier <= exact // half a unit of the multiplier

        if multiplier < 1 || not near || (multiplier = 1 && exact <> scale) then
            Error(Refusal.RequantizationNotConsistent(RealText.ofDouble scale, multiplier, shift))
        else
            Ok
                {
                    scale = scale
                    multiplier = multiplier
                    shift = shift
                }

    let setUnitScale (positions: Channelwise<bool>) (requantizations: Channelwise<Requantization>) =
        Channelwise.map2 (fun chosen given -> if chosen then unit else given) positions requantizations

    let adjustShift (bits: int) (requantization: Requantization) : Requantization =
        { requantization with
            scale = Numbers.scalePow2 -bits requantization.scale
            shift = requantization.shift + bits
        }

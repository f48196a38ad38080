namespace QuantFunctional

open QuantFunctional.FSharp

[<NoComparison>]
type Plan =
    {
        input: Encoding
        weightScale: Channelwise<float>
        output: Encoding
        requantization: Channelwise<Requantization>
        intrinsicShift: Channelwise<int>
    }

    member p.Input = p.input
    member p.WeightScale = p.weightScale
    member p.Output = p.output
    member p.Requantization = p.requantization
    member p.IntrinsicShift = p.intrinsicShift

    member p.BiasScale =
        Channelwise.map2
            (fun weightScale shift ->
                if weightScale = 0.0 then
                    p.output.Scale
                else
                    Numbers.scalePow2 -shift (p.input.Scale * weightScale))
            p.weightScale
            p.intrinsicShift

    member p.WeightStepSize =
        p.weightScale |> FSharp.Channelwise.map (fun scale -> if scale = 0.0 then 0.0 else 1.0 / scale)

    member p.BiasStepSize =
        p.BiasScale |> FSharp.Channelwise.map (fun scale -> 1.0 / scale)

    member p.IsDead(channel: int) = p.weightScale[channel] = 0.0

    override p.ToString() =
        $"input {p.input}, output {p.output}, requantized by {p.requantization}"

namespace QuantFunctional.FSharp

open QuantFunctional

[<RequireQualifiedAccess>]
module Plan =

    let create
        (input: Encoding)
        (weightScale: Channelwise<float>)
        (output: Encoding)
        (requantization: Channelwise<Requantization>)
        (intrinsicShift: Channelwise<int>)
        : Plan =
        {
            input = input
            weightScale = weightScale
            output = output
            requantization = requantization
            intrinsicShift = intrinsicShift
        }

    let ofParts
        (input: Encoding)
        (weightScale: Channelwise<float>)
        (output: Encoding)
        (requantization: Channelwise<Requantization>)
        (intrinsicShift: Channelwise<int>)
        : Result<Plan, Refusal> =
        let related entry =
            let weight = weightScale.Values[entry]

            if weight = 0.0 then
                1.0
            else
                Numbers.scalePow2 intrinsicShift.Values[entry] (output.Scale / (input.Scale * weight))

        let isFar entry =
            let found, expected = requantization.Values[entry].Scale, related entry
            not (abs (found - expected) <= Numbers.scalePow2 -20 expected)

        match [ 0 .. weightScale.Count - 1 ] |> List.tryFind isFar with
        | Some entry ->
            Error(
                Refusal.ScalesNotRelated(
                    entry,
                    RealText.ofDouble requantization.Values[entry].Scale,
                    RealText.ofDouble (related entry)
                )
            )
        | None -> Ok(create input weightScale output requantization intrinsicShift)

    let live (plan: Plan) : Channelwise<bool> =
        Channelwise.map (fun scale -> scale <> 0.0) plan.weightScale

    let private multiplyRequantization (exponent: Channelwise<int>) (plan: Plan) =
        Channelwise.map2 (fun alive exponent -> if alive then exponent else 0) (live plan) exponent
        |> Channelwise.map2
            (fun requantization exponent -> Requantization.adjustShift -exponent requantization)
            plan.requantization

    let setIntrinsicShift (value: Channelwise<int>) (plan: Plan) : Plan =
        let rise = Channelwise.map2 (-) value plan.intrinsicShift

        { plan with
            intrinsicShift = value
            requantization = multiplyRequantization rise plan
        }

    let setWeightZero (positions: Channelwise<bool>) (plan: Plan) : Plan =
        { plan with
            weightScale =
                Channelwise.map2 (fun chosen scale -> if chosen then 0.0 else scale) positions plan.weightScale
        }

    let setRequantOne (positions: Channelwise<bool>) (plan: Plan) : Plan =
        { plan with
            requantization = Requantization.setUnitScale positions plan.requantization
        }

    let scaleWeightPow2 (exponent: Channelwise<int>) (plan: Plan) : Plan =
        { plan with
            weightScale = Channelwise.map2 Numbers.scalePow2 exponent plan.weightScale
            requantization = multiplyRequantization (Channelwise.map (~-) exponent) plan
        }

    let scaleOutputPow2 (exponent: int) (plan: Plan) : Plan =
        { plan with
            output = Encoding.scalePow2 exponent plan.output
            requantization = multiplyRequantization (Channelwise.replicate plan.weightScale exponent) plan
        }

    let widenOutput (bits: int) (plan: Plan) : Plan =
        let wider = scaleOutputPow2 bits plan

        { wider with
            output = Encoding.symmetric ScalarType.Int32 wider.output
        }

    let scaleRequantPow2 (exponent: Channelwise<int>) (plan: Plan) : Plan =
        scaleWeightPow2 (Channelwise.map (~-) exponent) plan

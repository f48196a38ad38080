module QuantFunctional.Tests.ZeroPointsTests

open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P07 zeros in and no bias give the zero point exactly`` (case: LayerCase) =
    match LayerCase.plan { case with Bias = [||] } with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers
        let length = case.Weights[0].Length

        [ 0 .. case.Weights.Length - 1 ]
        |> List.map (fun channel ->
            // every input holds Za
            let taken =
                match case.Request.Profile.InputZeroPoint with
                | InputZeroPoint.InBias -> 0
                | InputZeroPoint.OffEachInput -> case.InputZeroPoint

            let product =
                List.sum
                    [
                        for i in 0 .. length - 1 ->
                            bigint (case.InputZeroPoint - taken) * bigint (int q.Weights[channel * length + i])
                    ]

            let accumulator = product + bigint q.Bias[channel]
            let factor = Exact.ofInt q.Multiplier[channel] * Exact.pow2 -q.Shift[channel]
            let output = Exact.ofBig accumulator * factor + Exact.ofInt q.OutputOffset

            (output = Exact.ofInt q.Output.ZeroPoint)
            |> Prop.label
                $"channel {channel}: {accumulator} by {q.Multiplier[channel]}·2^-{q.Shift[channel]} + {q.OutputOffset}")
        |> List.reduce (.&.)
        |> Prop.classify (q.OutputOffset = 0 && q.Output.ZeroPoint <> 0) "zero point in the bias"

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``the zero point is added in one place alone`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let profile = case.Request.Profile
        let zeroPoint = planned.Plan.Output.ZeroPoint
        let inBias = not planned.Precision.HasMultiplier && profile.Name <> "onnxruntime"
        let after = ZeroPoints.addedAfter profile planned.Precision planned.Plan

        [ 0 .. case.Weights.Length - 1 ]
        |> List.forall (fun channel ->
            let correction =
                ZeroPoints.correctionInBias profile planned.Precision planned.Plan channel

            if inBias then
                after = 0
                && bigint correction = bigint zeroPoint * bigint.Pow(2I, planned.Plan.Requantization[channel].Shift)
            else
                after = zeroPoint && correction = 0L)
        |> Prop.classify inBias "in the bias"

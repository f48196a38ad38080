module QuantFunctional.Tests.ZeroPointsTests

open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P07 zeros in and no bias give the zero point exactly`` (case: LayerCase) = BiasProperties.zeros case

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``the zero point is added in one place alone`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let profile = case.Request.Profile
        let zeroPoint = planned.Plan.Output.ZeroPoint

        let inBias =
            profile.OutputZeroPoint = OutputZeroPoint.ByPrecision && not planned.Precision.HasMultiplier

        let after = ZeroPoints.addedAfter profile planned.Precision planned.Plan.Output

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

module QuantFunctional.Tests.HalfStepTests

open System
open Xunit
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.WeightOnlyCases

let private inHalf (c: WeightOnlyCase) =
    { c with
        Request =
            { c.Request with
                Steps = StepFormat.Float16
            }
    }

let private half (step: float) = float (Half.op_Explicit step: Half)

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 500)>]
let ``steps in float16 are what the files hold, and what the integers are rounded with`` (c: WeightOnlyCase) =
    let c = inHalf c
    let layer = plan c

    for slot, (step, set) in Seq.indexed (Seq.zip layer.Steps (sharing c layer)) do
        Assert.Equal(half step, step)
        Assert.True(step <> 0.0 && Double.IsFinite step)

        let zero =
            if layer.ZeroPoints.IsEmpty then
                0
            else
                int layer.ZeroPoints[slot]

        let lowest, highest = c.Request.Lowest - zero, c.Request.Highest - zero

        for weight, integer in set do
            let nearest =
                Math.Round(Math.Clamp(float weight * (1.0 / step), float lowest, float highest))

            Assert.Equal(nearest, float integer)

let private ofOne (rule: StepRule) (weights: float32 array) =
    let request =
        {
            Type = WeightType.Int4
            Granularity = WeightGranularity.PerChannel
            Steps = StepFormat.Float16
            Rule = rule
        }

    let view =
        need (WeightView.create WeightLayout.OI 1 [ 1; weights.Length ] (ReadOnlyMemory weights))

    need (WeightOnly.plan request view ReadOnlyMemory.Empty)

[<Fact>]
let ``what is too small or too large for a step of float16 has the smallest or the largest`` () =
    for rule in [ StepRule.Largest; StepRule.Searched ] do
        let small = ofOne rule [| 1e-7f; -2e-7f; 0.0f |]
        Assert.Equal(Math.ScaleB(1.0, -24), abs small.Steps[0])

        let large = ofOne rule [| 1e9f; 3e5f; 0.0f |]
        Assert.Equal(65504.0, abs large.Steps[0])

    Assert.Equal<sbyte>([| 2y; -3y; 0y |], (ofOne StepRule.Largest [| 1e-7f; -2e-7f; 0.0f |]).Weights)
    Assert.Equal<sbyte>([| 7y; 5y; 0y |], (ofOne StepRule.Largest [| 1e9f; 3e5f; 0.0f |]).Weights)

[<Fact>]
let ``a profile does not hold its steps in float16`` () =
    let profile = BackendProfile.withSteps StepFormat.Float16 BackendProfile.tflite

    match ProfileRules.check profile with
    | Error(Refusal.ProfileNotValid(_, field, _)) -> Assert.Equal("steps", field)
    | other -> Assert.Fail $"{other}"

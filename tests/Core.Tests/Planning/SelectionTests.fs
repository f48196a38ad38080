module QuantFunctional.Tests.SelectionTests

open System
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open global.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P04 a folded layer has the multiplier 1 and uses at least half of what its weights may use`` (case: LayerCase) =
    ScaleProperties.folding case

/// A layer of which S is 2^−(input + weight − output), but for a rounding error of so many 2^−24.
let private nearPowerOfTwo (profile: BackendProfile) input output (error: int) =
    let weight = float32 (127.0 * Math.ScaleB(1.0 + Math.ScaleB(float error, -24), -7))

    { PlainCase.ofWeights profile Precision.RestrictedTfliteInt8 [| [| weight; -weight |] |] with
        InputStep = Math.ScaleB(1.0, input)
        Low = 0.0
        High = Math.ScaleB(255.0, output)
    }

[<Property(MaxTest = 500)>]
let ``P04 a rounding error above a power of two does not cost a bit of the weights`` () =
    let cases =
        gen {
            let! profile =
                Gen.elements [ BackendProfile.reference; BackendProfile.tflite; BackendProfile.onnxRuntime ]

            let! input = Gen.choose (-12, 0)
            let! output = Gen.choose (input - 7, input + 20) // S = 2^(input − 7 − output), at most 1
            let! error = Gen.choose (0, 64)
            return nearPowerOfTwo profile input output error
        }

    Prop.forAll (Arb.fromGen cases) (fun case ->
        match LayerCase.plan case with
        | Error refused -> false |> Prop.label refused.Message
        | Ok planned ->
            let certificate = Certificate.ofLayer planned.Plan.WeightScale planned.Integers

            ((planned.Trace.Retries > 0 || ScaleProperties.largest case planned = [| 127 |])
             |> Prop.label $"{ScaleProperties.largest case planned} in {case.Text}")
            .&. (certificate.Passed |> Prop.label "S is what the scales say"))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``S on a float32 wire is what its files say`` (case: LayerCase) =
    match LayerCase.plan case with
    | Ok planned when case.Request.Profile.Steps = StepFormat.Float32 ->
        let plan = planned.Plan
        let x, y = float32 plan.Input.StepSize, float32 plan.Output.StepSize

        [ 0 .. plan.WeightScale.Count - 1 ]
        |> List.forall (fun i ->
            plan.IsDead i
            || (let w = float32 (1.0 / plan.WeightScale.Values[i])
                let scale = plan.Requantization.Values[i].Scale

                Single.IsNormal w
                && Single.IsNormal x
                && Single.IsNormal y
                && Single.IsNormal(x * w)
                && plan.WeightScale.Values[i] = 1.0 / float w
                && (not planned.Precision.HasMultiplier
                    || (match case.Request.Profile.Multiplier with
                        | MultiplierForm.Single24 -> scale = float ((x * w) / y)
                        | MultiplierForm.Integer _ ->
                            scale = Math.ScaleB(float x * float w / float y, plan.IntrinsicShift.Values[i])))))
        |> Prop.classify true "float32 wire"
    | _ -> true |> Prop.classify true "other"

[<Fact>]
let ``a 32-bit output is symmetric whatever is asked`` () =
    let planned =
        { PlainCase.ofWeights BackendProfile.reference Precision.SimaInt32 [| [| 1.0f; -1.0f |] |] with
            Low = 1.0
            High = 3.0
        }
        |> PlainCase.plan

    Assert.True planned.Request.Asymmetric
    Assert.Equal(0, planned.Plan.Output.ZeroPoint)

module QuantFunctional.Tests.JoinStepsTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private five = BackendProfile.onnxRuntime.BetweenLayers

let private planTogether (arithmetics: OperatorArithmetic seq) (cases: JoinCase list) =
    JoinSteps.smallest arithmetics (Func<_, _>(fun raise -> Seq.map (JoinCase.join raise) cases))

let private planned (arithmetics: OperatorArithmetic seq) (case: JoinCase) = planTogether arithmetics [ case ]

let private raiseOf arithmetics case =
    match planned arithmetics case with
    | Ok raise -> raise
    | Error refusal -> failwith refusal.Message

/// Two inputs of one step and an output of twice that: every odd sum is a tie.
let private halves =
    {
        Operator = JoinOperator.Add
        First = 0.0123f
        Second = 0.0123f
        Output = 0.0246f
        ZeroPoints = 3uy, 128uy, 7uy
        IsSigned = false
        Runs = [ JoinRuns.Alike ]
    }

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 60)>]
let ``P18 the planned raise of a join makes every arithmetic agree on all 65,536 pairs, and no smaller one does``
    (case: JoinCase)
    =
    Properties.joins BackendProfile.onnxRuntime case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 150)>]
let ``no disagreement lies farther from a tie than the margin: as many are found as with all pairs tried``
    (case: JoinCase)
    =
    let join = JoinCase.join 0 case
    JoinProperties.disagreements five join = (JoinAgreement.find five join).Disagreeing

[<Fact>]
let ``of steps a half apart ARM64 rounds every other sum differently, and one raise mends it`` () =
    let join = JoinCase.join 0 halves
    let found = JoinAgreement.find five join
    Assert.Equal(JoinProperties.disagreements five join, found.Disagreeing)
    Assert.True(found.Disagreeing > 8000, $"{found.Disagreeing} pairs")
    Assert.InRange(raiseOf five halves, 1, 8)

[<Fact>]
let ``one arithmetic has nobody to agree with`` () =
    Assert.Equal(0, raiseOf [ OperatorArithmetic.OnnxRuntimeArm64 ] halves)
    Assert.True((JoinAgreement.tryFind [ OperatorArithmetic.Unfused ] (JoinCase.join 0 halves)).IsNone)

[<Fact>]
let ``the first disagreement is a pair of the join with what each arithmetic makes of it`` () =
    let join = JoinCase.join 0 halves
    let found = (JoinAgreement.tryFind five join).Value
    Assert.Equal(5, found.Results.Length)
    Assert.Equal(1, found.Spread)

    for result in found.Results do
        let kernel = (JoinKernels.ofJoin result.Arithmetic join).Head
        Assert.Equal(kernel found.First found.Second, result.Stored)

    Assert.Contains($"of the stored inputs {found.First} and {found.Second} come x64 with FMA", found.Message)

[<Fact>]
let ``a constant counts with the values that it has`` () =
    let whole = JoinCase.join 0 halves

    let constant =
        { whole with
            SecondValues = ImmutableArray.Create 128
        }

    let findings = JoinAgreement.find five constant
    Assert.Equal(256, findings.Pairs)
    Assert.InRange(findings.Disagreeing, 1, 255)
    // added to nothing, an even number of half steps is no tie
    let even =
        { constant with
            FirstValues = ImmutableArray.CreateRange(seq { 3..2..255 })
        }

    Assert.Null((JoinAgreement.find five even).Worst)

[<Fact>]
let ``joins that share a step are raised until all of them agree`` () =
    let other =
        { halves with
            ZeroPoints = 250uy, 11uy, 7uy
            First = 0.031f
        }

    let alone = max (raiseOf five halves) (raiseOf five other)

    match planTogether five [ halves; other ] with
    | Ok together -> Assert.True(together >= alone)
    | Error refusal -> Assert.Fail refusal.Message

[<Fact>]
let ``what no raise mends is refused with a pair`` () =
    // sums that float32 does not hold
    let case =
        { halves with
            First = 3e37f
            Second = 3e37f
            Output = 1e-30f
        }

    match planned five case with
    | Error(Refusal.JoinDisagrees(pair, 64)) -> Assert.StartsWith("of the stored inputs", pair)
    | other -> Assert.Fail $"%A{other}"

[<Fact>]
let ``the worst of several pairs is the first of those that lie farthest apart`` () =
    let join = JoinCase.join 0 halves
    let worst = (JoinAgreement.find five join).Worst |> Option.ofObj |> Option.get

    let kernels =
        [
            for arithmetic in five do
                yield! JoinKernels.ofJoin arithmetic join
        ]

    let spread first second =
        let stored = [ for kernel in kernels -> kernel first second ]
        List.max stored - List.min stored

    let all =
        [
            for first in join.FirstValues do
                for second in join.SecondValues -> first, second, spread first second
        ]

    let first, second, _ = all |> List.maxBy (fun (_, _, spread) -> spread)
    Assert.Equal((first, second), (worst.First, worst.Second))

[<Fact>]
let ``a layer whose output joins read is planned with the raised step, and everything follows from it`` () =
    let layer =
        { PlainCase.ofWeights BackendProfile.onnxRuntime Precision.TfliteInt8 [| [| 1.0f; -0.5f |]; [| 0.25f; 2.0f |] |] with
            InputStep = 0.5
            InputZeroPoint = 3
            Low = -100.0
            High = 90.0
        }

    let planned raise =
        let plain = LayerCase.layer layer

        Layer.create
            plain.Weights
            plain.Geometry
            plain.Bias
            plain.Input
            (ObservedDistribution.withStepRaise raise plain.Output |> LayerCase.need)
            plain.Activation
        |> LayerCase.need
        |> Pipeline.plan (LayerCase.request layer)
        |> Result.defaultWith (fun refused -> failwith refused.Message)

    let plain, raised = planned 0, planned 21

    Assert.Equal(float (float32 (plain.Plan.Output.StepSize * (1.0 + 21.0 / 32768.0))), raised.Plan.Output.StepSize)

    Assert.Equal(1.0 / raised.Plan.Output.StepSize, raised.Plan.Output.Scale)
    Assert.Equal(plain.Plan.Output.ZeroPoint, raised.Plan.Output.ZeroPoint)
    Assert.Equal(raised.Plan.Output, raised.Integers.Output)
    Assert.True(raised.Plan.Requantization[0].Scale < plain.Plan.Requantization[0].Scale)
    Assert.Empty((Certificate.ofLayer raised.Plan.WeightScale raised.Integers).Violations)

    for raise in [ -1; 32769 ] do
        Assert.True((ObservedDistribution.withStepRaise raise plain.Observed).IsError)

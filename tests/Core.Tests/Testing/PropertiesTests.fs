module QuantFunctional.Tests.PropertiesTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// A target that nobody named: 24 bits of accumulator, a multiplier of 15 bits.
let private mine =
    { BackendProfile.reference with
        Name = "mine"
        Multiplier = MultiplierForm.Integer 15
        Accumulator =
            { BackendProfile.reference.Accumulator with
                Bits = 24
                MultiplierShift = { Lowest = 0; Highest = 40 }
            }
    }

[<Fact>]
let ``every property of the specification that speaks of layers is there once, by its number`` () =
    let numbers = [ for property in Properties.every -> property.Number ]
    Assert.Equal<int list>([ 2..10 ] @ [ 12; 13; 14; 16; 17 ], numbers)
    Assert.DoesNotContain(Properties.every, fun property -> property.Sentence = "")

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 60)>]
let ``every property holds for a profile of one's own`` (case: LayerCase) (seed: int) =
    let case = PlainCase.on mine case

    [
        for property in Properties.every -> property.Check.Invoke(seed, case) |> Prop.label $"P{property.Number:D2}"
    ]
    |> List.reduce (.&.)

/// The outcome of a property, which a test of properties must see fail.
let private fails (property: Property) =
    try
        Check.One(Config.QuickThrowOnFailure.WithMaxTest 20, property)
        false
    with _ ->
        true

[<Fact>]
let ``a property can fail: weights that are not finite have no scale, and are refused`` () =
    let case =
        { PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 1.0f; -0.5f |] |] with
            Bias = [| 0.25f |]
            Low = -100.0
            High = 100.0
        }

    for property in Properties.every do
        Assert.False(fails (property.Check.Invoke(1, case)), property.Sentence)

    let spoilt =
        { case with
            Weights = [| [| nanf; 1.0f |] |]
        }

    Assert.True(fails (Properties.weightScale spoilt))
    Assert.False(fails (Properties.answer spoilt))

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``a distribution is in order, and shrinks to simpler ones until nothing is left`` (observed: ObservedDistribution) =
    let rec steps count (one: ObservedDistribution) =
        match Seq.tryHead (DistributionGen.smaller one) with
        | Some smaller when count < 100 -> steps (count + 1) smaller
        | _ -> count, one

    let count, last = steps 0 observed

    (observed.Low <= observed.High |> Prop.label "in order")
    .&. ((count < 100 && last.Low = 0.0 && last.High = 0.0) |> Prop.label $"{last.Low:R} {last.High:R}")

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``a request shrinks to requests that the profile runs`` (request: PlanRequest) =
    RequestShrink.smaller request
    |> Seq.forall (fun smaller ->
        smaller <> request
        && smaller.Profile.Precisions.Contains smaller.Precision.First
        && Result.isOk (ProfileRules.check smaller.Profile))

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``a profile that is drawn is one that planning takes`` (profile: BackendProfile) =
    Result.isOk (ProfileRules.check profile)

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``a planned case has the plan of its layer, and shrinks to planned ones`` (planned: PlannedCase) =
    let own (one: PlannedCase) = LayerCase.plan one.Case = Ok one.Plan
    let smaller = Arbitraries.PlannedCase() |> Arb.toShrink
    own planned && Seq.truncate 3 (smaller planned) |> Seq.forall own

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``the executor as a kernel holds on every layer that is drawn`` (case: KernelCase) =
    let kernel =
        Kernel(fun layer input ->
            match Executor.run layer input with
            | Ok run -> run.Output
            | Error fault -> invalidOp fault.Message)

    KernelCheck.Holds(kernel, case)

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``a smaller layer is never larger, and no input overflows it`` (case: KernelCase) =
    let size (one: KernelCase) =
        one.Layer.Shape.Count + one.Input.Values.Length

    KernelShrink.smaller (KernelOptions()) case
    |> Seq.truncate 400
    |> Seq.forall (fun smaller ->
        size smaller <= size case
        && (Certificate.ofLayer (Channelwise.replicate smaller.Layer.Multiplier 0.0) smaller.Layer).Passed)

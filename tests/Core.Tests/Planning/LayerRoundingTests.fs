module QuantFunctional.Tests.LayerRoundingTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Tests.ErrorFeedbackTests

let private requests =
    gen {
        let! profile =
            Gen.elements [ BackendProfile.onnxRuntime; BackendProfile.tflite; BackendProfile.reference ]

        let! perChannel = Gen.frequency [ 3, Gen.constant true; 1, Gen.constant false ]

        return
            { PlainCase.request profile (PrecisionRequest.Exactly Precision.TfliteInt8) with
                PerChannel = perChannel
            },
            ScalarType.Int8
    }

/// Layers of all shapes; neighbours of many have one sign, so that pairs lie near their limit.
let private cases =
    gen {
        let! inputs = Gen.choose (1, 9)
        let! positions = Gen.elements [ 1; 2; 3; 9 ]
        let! groups = Gen.elements [ 1; 1; 2 ]
        let! outputs = Gen.choose (1, 4)

        let! case =
            LayerGen.ofSizes (groups * outputs) (inputs * positions) positions groups requests

        let! signed = Gen.elements [ abs; abs >> (~-); id ]

        return
            { case with
                Weights = Array.map (Array.map signed) case.Weights
            }
    }

let private planned (case: LayerCase) =
    match LayerCase.plan case with
    | Ok plan -> Some plan
    | Error _ -> None

let private withRounding rounding (case: LayerCase) =
    { case with
        Request =
            { case.Request with
                WeightRounding = rounding
            }
    }

/// Moments of inputs that follow a common part, for each group; wide ones in two blocks.
let private moments (seed: int) (shape: WeightShape) : IReadOnlyList<IReadOnlyList<SecondMoments>> =
    let random = Random seed

    let block inputs =
        let rows =
            Array.init 60 (fun _ ->
                let shared = 2.0 * random.NextDouble() in
                Array.init inputs (fun _ -> shared + 0.5 * random.NextDouble()))

        SecondMoments.create inputs (momentsOf rows) |> LayerCase.need

    let products = PairOrder.products shape

    List.init shape.Groups (fun _ ->
        let blocks = if products > 8 then [ 8; products - 8 ] else [ products ]
        List.map block blocks :> IReadOnlyList<SecondMoments>)
    :> _

let private rounded (seed: int) (case: LayerCase) (plan: QuantizedLayer) =
    LayerRounding.ofMoments (LayerCase.layer case).Weights (moments seed plan.Integers.Shape) plan
    |> LayerCase.need

let private added (rounding: WeightRounding) =
    match rounding with
    | WeightRounding.Differences added -> added
    | WeightRounding.Nearest -> invalidOp "nearest"

let private forPlans count (check: int -> LayerCase -> QuantizedLayer -> unit) =
    let property (seed: int, case: LayerCase) =
        match planned case with
        | Some plan ->
            check seed case plan
            true
        | None -> true

    Check.One(
        Config.QuickThrowOnFailure.WithMaxTest count,
        Prop.forAll (Arb.fromGen (Gen.zip (Gen.choose (0, 100000)) cases)) property
    )

[<Fact>]
let ``the target holds every rounding that is made`` () =
    forPlans 300 (fun seed case plan ->
        let scale, shape = plan.Plan.WeightScale, plan.Integers.Shape
        let nearest = Weights.quantize 8 scale (LayerCase.layer case).Weights
        let rounding = (rounded seed case plan).Rounding

        match WeightRounding.round rounding plan.Integers.ProductSums scale shape nearest with
        | Ok integers -> Assert.All(integers.Values, fun integer -> Assert.InRange(int integer, -127, 127))
        | Error refusal -> failwith $"{refusal}")

/// A plan with a rounding; none where its sums ask for other scales, which differences cannot follow.
let private replanned (case: LayerCase) (rounding: WeightRounding) (before: QuantizedLayer) =
    planned (withRounding rounding case)
    |> Option.filter (fun plan -> plan.Plan.WeightScale = before.Plan.WeightScale)

/// The squared error of integers by the moments of their group and block.
let private errorBy (seed: int) (case: LayerCase) (plan: QuantizedLayer) (integers: int array) =
    let weights = (LayerCase.layer case).Weights
    let shape = plan.Integers.Shape
    let moments = moments seed shape

    List.sum
        [
            for channel in 0 .. shape.Channels - 1 do
                let scale = plan.Plan.WeightScale[channel]
                let step = if scale = 0.0 then 0.0 else 1.0 / scale
                let blocks = moments[channel / (shape.Channels / shape.Groups)]
                let begins = blocks |> Seq.scan (fun first block -> first + block.Inputs) 0

                for first, block in Seq.zip begins blocks do
                    let errors =
                        Array.init block.Inputs (fun input ->
                            let index = PairOrder.index shape channel (first + input)
                            float weights.Data.Span[index] - float integers[index] * step)

                    SecondMoments.error block (ReadOnlySpan errors)
        ]

[<Fact>]
let ``the error by the moments is never larger than that of the nearest integers, and is the one that is told`` () =
    forPlans 300 (fun seed case plan ->
        let told = rounded seed case plan
        Assert.True(told.Errors.Chosen <= told.Errors.Nearest)
        let nearest = plan.Integers.Weights |> Seq.map int |> Seq.toArray

        let chosen =
            Array.map2 (fun integer added -> integer + int added) nearest (Seq.toArray (added told.Rounding))

        for integers, error in [ nearest, told.Errors.Nearest; chosen, told.Errors.Chosen ] do
            let expected = errorBy seed case plan integers
            Assert.InRange(error, expected * (1.0 - 1e-9), expected * (1.0 + 1e-9)))

[<Fact>]
let ``a plan with the rounding has its integers, in range and with safe pairs, and is certified`` () =
    let mutable changed = 0

    forPlans 300 (fun seed case plan ->
        let told = rounded seed case plan
        let added = added told.Rounding

        match replanned case told.Rounding plan with
        | None -> ()
        | Some after ->
            changed <- changed + told.Changed

            Seq.iteri2
                (fun index before integer -> Assert.Equal(int before + int added[index], int integer))
                plan.Integers.Weights
                after.Integers.Weights

            Assert.All(after.Integers.Weights, fun integer -> Assert.InRange(int integer, -127, 127))
            let shape = after.Integers.Shape

            if after.Integers.ProductSums <> ProductSums.InFull then
                for channel in 0 .. shape.Channels - 1 do
                    let struct (_, sum) = PairOrder.heaviest shape after.Integers.Weights channel
                    Assert.InRange(sum, -128, 128)

            Assert.Empty((Certificate.ofLayer after.Plan.WeightScale after.Integers).Violations))

    Assert.True(changed > 100)

[<Fact>]
let ``differences of 0 change nothing but the request`` () =
    forPlans 200 (fun _ case plan ->
        let none =
            WeightRounding.Differences(ImmutableArray.Create<sbyte>(Array.zeroCreate plan.Integers.Weights.Length))

        let after = planned (withRounding none case) |> Option.get
        Assert.Equal({ after with Request = plan.Request }, plan))

[<Fact>]
let ``a plan with differences can be replayed, and knows nothing but its weights and what follows from them`` () =
    forPlans 200 (fun seed case plan ->
        let told = rounded seed case plan

        match replanned case told.Rounding plan with
        | None -> ()
        | Some after ->
            Assert.Equal(plan.Plan, after.Plan)

            if case.Correction = Correction.Off then
                Assert.Equal<float seq>(plan.RealBias, after.RealBias)

            match Pipeline.planFrom after.Trace.Last.Parameters after.Request (LayerCase.layer case) with
            | Ok again -> Assert.Equal<sbyte seq>(after.Integers.Weights, again.Integers.Weights)
            | Error refused -> failwith refused.Message)

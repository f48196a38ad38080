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

        let! share = Gen.elements [ true; false ]

        return
            { case with
                Weights = case.Weights |> Array.map (Array.map (fun w -> if share then abs w else w))
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

/// A plan with a rounding; none where its sums ask for other scales, which differences cannot follow.
let private replanned (case: LayerCase) (rounding: WeightRounding) (before: QuantizedLayer) =
    planned (withRounding rounding case)
    |> Option.filter (fun plan -> plan.Plan.WeightScale = before.Plan.WeightScale)

[<Fact>]
let ``the error by the moments is never larger than that of the nearest integers`` () =
    forPlans 300 (fun seed case plan ->
        let told = rounded seed case plan
        Assert.True(told.Errors.Chosen <= told.Errors.Nearest))

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

let private plain =
    PlainCase.ofWeights
        BackendProfile.onnxRuntime
        Precision.TfliteInt8
        [| [| 1.0f; -0.5f; 0.26f |]; [| 0.0f; 0.0f; 0.0f |] |]

let private refusedBy (differences: sbyte array) =
    match
        PlainCase.refusal (withRounding (WeightRounding.Differences(ImmutableArray.Create<sbyte> differences)) plain)
    with
    | Refusal.WeightRoundingNotFit what -> what
    | other -> failwith $"{other}"

[<Fact>]
let ``what the target does not hold is refused, and not clipped`` () =
    Assert.Contains("2 differences for 6 weights", refusedBy [| 0y; 0y |])
    Assert.Contains("channel 0 would have the weight 128", refusedBy [| 1y; 0y; 0y; 0y; 0y; 0y |])
    Assert.Contains("channel 0 would have neighbours of 129 together", refusedBy [| 0y; 66y; 0y; 0y; 0y; 0y |])
    Assert.Contains("channel 1 has no step", refusedBy [| 0y; 0y; 0y; 0y; 1y; 0y |])

    let rounding =
        WeightRounding.Differences(ImmutableArray.Create<sbyte>([| -1y; 1y; 0y; 0y; 0y; 0y |]))

    let plan = PlainCase.plan (withRounding rounding plain)
    Assert.Equal<sbyte seq>([ 126y; -63y; 33y; 0y; 0y; 0y ], plan.Integers.Weights)

    Assert.Contains(
        "Rounding: 2 of 6 weights differ from the nearest integers",
        String.concat "\n" (Explanation.ofLayer "layer" null plan).Setting
    )

[<Fact>]
let ``moments and weights of another layer are refused`` () =
    let plan = PlainCase.plan plain
    let weights = (LayerCase.layer plain).Weights

    let block n =
        SecondMoments.create n (momentsOf [| Array.create n 1.0 |]) |> LayerCase.need

    let refused (blocks: SecondMoments list list) plan =
        let moments =
            blocks |> List.map (fun group -> group :> IReadOnlyList<SecondMoments>)

        match LayerRounding.ofMoments weights moments plan with
        | Error refusal -> refusal.Message
        | Ok _ -> failwith "rounded"

    Assert.Contains("2 groups where it has 1", refused [ [ block 3 ]; [ block 3 ] ] plan)
    Assert.Contains("4 inputs where it has 3", refused [ [ block 4 ] ] plan)
    Assert.Contains("part a pair of neighbours", refused [ [ block 1; block 2 ] ] plan)

    let other =
        PlainCase.plan
            { plain with
                Weights = [| [| 1.0f; 1.0f; 1.0f |]; [| 0.0f; 0.0f; 1.0f |] |]
            }

    Assert.Contains("not the nearest integers", refused [ [ block 3 ] ] other)

module QuantFunctional.Tests.PairLimitTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private inPairs products (profile: BackendProfile) = { profile with Products = products }

/// Targets that add pairs, of both formats of steps, with shifts of every kind.
let private profiles =
    Gen.oneof
        [
            Gen.elements [ BackendProfile.onnxRuntime; BackendProfile.onnxRuntimeX64Avx2 ]
            Gen.map (inPairs ProductSums.Pairs16) RequestGen.drawn
            Gen.elements [ BackendProfile.reference; RequestGen.uniform; BackendProfile.tflite ]
            |> Gen.map (inPairs ProductSums.InFullOrPairs16)
        ]

let private requests =
    gen {
        let! profile = profiles
        let! precision = Gen.elements (RequestGen.precisions profile)
        let! perChannel = Gen.frequency [ 2, Gen.constant true; 1, Gen.constant false ]
        let! asymmetric = Gen.elements [ true; false ]

        return
            {
                Profile = profile
                Precision = precision
                PerChannel = perChannel
                Asymmetric = asymmetric
                BiasCorrection = BiasCorrection.Off
                WeightRounding = WeightRounding.Nearest
            },
            ScalarType.Int8
    }

/// Signs that neighbours mostly share, and sizes near one another, so that sums lie around the limit.
let private neighbourly (case: LayerCase) =
    gen {
        let! sign = Gen.elements [ 1.0f; -1.0f ]
        let! same = Gen.elements [ true; true; false ]
        let! grid = Gen.elements [ true; false ]

        let weight (w: float32) =
            let w = if same then sign * abs w else w
            let most = case.Weights |> Seq.collect (Seq.map abs) |> Seq.max

            // whole and half steps of the largest one
            if grid && most > 1e-30f && most < 1e30f then
                float32 (Math.Round(float w / float most * 254.0) / 254.0 * float most)
            else
                w

        return
            { case with
                Weights = Array.map (Array.map weight) case.Weights
            }
    }

let private sized =
    gen {
        let! inputs = Gen.choose (1, 7)
        let! positions = Gen.elements [ 1; 2; 3; 4; 6; 9; 12 ]
        let! groups = Gen.elements [ 1; 1; 2; 3 ]
        let! outputs = Gen.choose (1, 4)
        return! LayerGen.ofSizes (groups * outputs) (inputs * positions) positions groups requests
    }

let private cases =
    Gen.oneof [ sized; LayerGen.ofRequest requests ] |> Gen.bind neighbourly

let private forCases (check: LayerCase -> Property) =
    Prop.forAll (Arb.fromGenShrink (cases, LayerShrink.smaller)) check

[<Property(MaxTest = 200)>]
let ``P17 no pair of a planned layer leaves 16 bits for any input`` () =
    forCases (fun case -> PairProperties.noneOverflows case)

[<Property(MaxTest = 100)>]
let ``P17 safe channels keep their step, and no step one per cent smaller is safe in the others`` () =
    forCases (fun case -> PairProperties.smallestStep case)

[<Property(MaxTest = 120)>]
let ``P17 retries for pairs end, raise the measure and can be replayed`` () =
    forCases (fun case ->
        (SearchProperties.ends case |> Prop.label "ends")
        .&. (SearchProperties.replay case |> Prop.label "replay"))

[<Property(MaxTest = 60)>]
let ``P17 a layer has the same pairs in every layout`` () =
    forCases (fun case -> Prop.ofTestable (LayoutProperties.sameIntegers case))

// sizes at which rows are shorter than a vector, as long as one, and longer
let private sizes =
    gen {
        let! groups = Gen.frequency [ 3, Gen.constant 1; 1, Gen.choose (2, 3) ]
        let! outputs = Gen.frequency [ 3, Gen.choose (1, 6); 1, Gen.choose (15, 40) ]

        let! inputs =
            Gen.frequency [ 1, Gen.constant 1; 4, Gen.choose (2, 9); 1, Gen.choose (16, 35) ]

        let! kernel =
            Gen.elements
                [
                    []
                    [ 1 ]
                    [ 2 ]
                    [ 3 ]
                    [ 5 ]
                    [ 9 ]
                    [ 1; 1 ]
                    [ 3; 3 ]
                    [ 2; 2; 2 ]
                    [ 5; 7 ]
                ]

        return
            {
                Groups = if kernel.IsEmpty then 1 else groups
                Outputs = outputs
                Inputs = inputs
                Kernel = kernel
            }
    }

let private need (result: Result<'T, Refusal>) = LayerCase.need result

[<Property(MaxTest = 200)>]
let ``sizes of weights and pairs are found at every width, in every layout`` (seed: int) =
    Prop.forAll (Arb.fromGen sizes) (fun s ->
        let random = Random seed
        let kind = random.Next 4

        let logical =
            Array.init s.Channels (fun _ ->
                Array.init s.Length (fun _ ->
                    let x = random.NextDouble() * 2.0 - 1.0

                    match kind with
                    | 0 -> float32 (x * 3.0e38) // sums beyond float32
                    | 1 -> float32 (random.Next(-5, 6)) * Single.Epsilon
                    | _ -> float32 x))

        let expected =
            [
                for weights in logical ->
                    let pairs =
                        PairProperties.pairs s.Positions weights
                        |> List.map (fun (a, b) ->
                            let sum = float (abs (a + b))
                            if Double.IsFinite sum then sum else abs (float a + float b))

                    weights |> Array.map (abs >> float) |> Array.max, List.fold max 0.0 pairs
            ]

        let view layout =
            Layouts.view layout s (fun (channel, input, position) -> logical[channel][input * s.Positions + position])

        [
            for layout in LayoutProperties.fitting s do
                for width in [ 0; 128; 256; 512 ] do
                    if width <= WeightLoops.widest then
                        let found = WeightMagnitudes.withPairsBy width (view layout) |> need

                        let found =
                            [
                                for channel in 0 .. s.Channels - 1 ->
                                    found.Largest[channel], max found.Pairs[channel] 0.0
                            ]

                        // a lone last weight may or may not count, since it is no more than the largest
                        let agrees =
                            List.forall2
                                (fun (largest, pair) (foundLargest, foundPair) ->
                                    foundLargest = largest
                                    && (foundPair = pair || pair < largest && foundPair <= largest && foundPair > pair))
                                expected
                                found

                        agrees |> Prop.label $"{layout} by {width} bits: {found}, not {expected}"
        ]
        |> List.fold (.&.) (Prop.ofTestable true))

[<Fact>]
let ``a weight that is not finite is refused by its index, as without pairs`` () =
    for bad in [ nanf; infinityf; -infinityf ] do
        for layout, sizes in [ WeightLayout.OI, [ 3; 20 ]; WeightLayout.IO, [ 20; 3 ] ] do
            let weights = Array.init 60 float32
            weights[37] <- bad
            let view = WeightView.create layout 1 sizes (ReadOnlyMemory weights) |> need

            match WeightMagnitudes.withPairs view, WeightMagnitudes.withoutPairs view with
            | Error(Refusal.WeightNotFinite(37, _) as refused), Error other -> Assert.Equal(refused, other)
            | other -> failwith $"{other}"

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

[<Property(MaxTest = 500)>]
let ``P17 no pair of a planned layer leaves 16 bits for any input`` () =
    forCases (fun case -> PairProperties.noneOverflows case)

[<Property(MaxTest = 400)>]
let ``P17 safe channels keep their step, and no step one per cent smaller is safe in the others`` () =
    forCases (fun case -> PairProperties.smallestStep case)

[<Property(MaxTest = 300)>]
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

let private planned precision weights =
    { PlainCase.ofWeights BackendProfile.onnxRuntime precision weights with
        Low = -500.0
        High = 500.0
    }
    |> PlainCase.plan

[<Fact>]
let ``a channel with an unsafe pair alone has a larger step, and the trace says which, why and by how much`` () =
    // 127 + 63 = 190 of 128 in the second channel; 127 + 1 = 128 in the third
    let plan =
        planned Precision.TfliteInt8 [| [| 1.0f; -1.0f |]; [| 127.0f; 63.0f |]; [| 127.0f; 1.0f |] |]

    Assert.Equal(1, plan.Trace.Retries)

    match plan.Trace.Attempts[0].Outcome with
    | AttemptOutcome.Retried reason ->
        Assert.Equal((RetryCause.PairOverflow, Remedy.RaiseWeightStep), (reason.Cause, reason.Remedy))
        let overflow = Assert.Single reason.Overflows
        Assert.Equal((1, 128.0, 1), (overflow.Channel, overflow.Limit, overflow.Bits))
        Assert.Equal(190.0, overflow.Value, 3)
        Assert.Contains("two neighbouring products leave 16 bits; channel 1: 190, limit 128", reason.Message)
        Assert.EndsWith("the step of the weights is raised", reason.Message)
    | other -> failwith $"{other}"

    let largest = plan.Trace.Last.Parameters.LargestWeight
    Assert.Equal((127.0, 127.0), (largest[0], largest[2]))
    Assert.Equal(128.0 * 127.0 / 190.0, largest[1], 2)
    Assert.Equal<sbyte seq>([ 127y; -127y; 86y; 42y; 127y; 1y ], plan.Integers.Weights)

[<Fact>]
let ``a pair that only rounding takes over the limit is looked at in integers`` () =
    // 126.5 rounds to 126 and 2.5 to 2: 129 in reals and 128 in integers; 126.6 and 2.3 make 129
    let safe = planned Precision.TfliteInt8 [| [| 254.0f; 0.0f; 253.0f; 5.0f |] |]
    Assert.Equal(0, safe.Trace.Retries)
    let unsafe = planned Precision.TfliteInt8 [| [| 254.0f; 0.0f; 253.2f; 4.6f |] |]

    match unsafe.Trace.Attempts[0].Outcome with
    | AttemptOutcome.Retried reason -> Assert.Equal(129.0, reason.Overflows[0].Value)
    | other -> failwith $"{other}"

[<Fact>]
let ``a folded channel gives up one bit for its pairs`` () =
    let plan =
        planned Precision.SimaInt8 [| [| 127.0f; 127.0f |]; [| 127.0f; -127.0f |] |]

    let parameters = plan.Trace.Last.Parameters
    Assert.Equal(Channelwise.perChannel [ 1; 0 ], parameters.BitsGivenUp)
    Assert.Equal(Channelwise.perChannel [ 127.0; 127.0 ], parameters.LargestWeight)

    match plan.Trace.Attempts[0].Outcome with
    | AttemptOutcome.Retried reason ->
        Assert.Equal((RetryCause.PairOverflow, Remedy.GiveUpWeightBits), (reason.Cause, reason.Remedy))
    | other -> failwith $"{other}"

[<Fact>]
let ``depthwise kernels, 16-bit inputs and targets that add in full have no pairs`` () =
    let weights = [| [| 1.0f; 1.0f; 1.0f |]; [| 1.0f; 1.0f; 1.0f |] |]

    let retries case = (PlainCase.plan case).Trace.Retries

    let case =
        { PlainCase.ofWeights BackendProfile.onnxRuntime Precision.TfliteInt8 weights with
            Positions = 3
            Low = -500.0
            High = 500.0
        }

    Assert.Equal(1, retries case)
    Assert.Equal(0, retries { case with Groups = 2 })
    Assert.Equal(0, retries (PlainCase.on BackendProfile.onnxRuntimeVnni case))

    let wide =
        case |> PlainCase.on (inPairs ProductSums.Pairs16 BackendProfile.reference) |> PlainCase.wide

    Assert.Equal(0, retries wide)

[<Fact>]
let ``a larger step never takes a shift below the range, where the output would pay for it`` () =
    // S = 1 with these steps, so that the shift is that of the multiplier's 31 bits
    let profile lowest =
        { inPairs ProductSums.Pairs16 BackendProfile.reference with
            Accumulator =
                { BackendProfile.reference.Accumulator with
                    MultiplierShift = { Lowest = lowest; Highest = 62 }
                }
        }

    let case lowest =
        { PlainCase.ofWeights (profile lowest) Precision.TfliteInt8 [| [| 127.0f; 127.0f |] |] with
            Low = -142.0
            High = 140.0
        }

    let free = PlainCase.plan (case 0)

    let before =
        (PlainCase.plan (PlainCase.on BackendProfile.reference (case 0))).Integers.Shift[0]

    Assert.Equal(before - 1, free.Integers.Shift[0])

    match PlainCase.refusal (case before) with
    | Refusal.PairOverflow(0, value, 128.0) -> Assert.Equal(254.0, value, 3)
    | other -> failwith $"{other}"

    Assert.Contains("choose a profile", (PlainCase.refusal (case before)).Message)
    Assert.Equal(free.Plan.Output, (PlainCase.plan (case (before - 1))).Plan.Output)

[<Fact>]
let ``the largest weight is what the largest pair leaves, in whole 1/1024, and 64 at least`` () =
    Assert.Equal(64.0, PairLimit.largestWeight 1.0 2.0)
    let steps = PairLimit.largestWeight 3.0 4.0
    Assert.True(BacktrackingParameters.isLargestWeight steps)
    Assert.InRange(steps, 96.0 - 2.0 / 1024.0, 96.0)

    Assert.Equal<bool list>(
        [ false; true; true; false; false; false ],
        List.map BacktrackingParameters.isLargestWeight [ 63.5; 64.0; 127.0; 127.5; 80.0001; nan ]
    )

[<Fact>]
let ``the order of products is the kernel's: positions, then the inputs of the group`` () =
    let shape = WeightShape.create WeightLayout.OIHW 2 [ 4; 3; 2; 2 ] |> need

    let places =
        [
            for product in 0 .. PairOrder.products shape - 1 -> PairOrder.index shape 1 product - 12
        ]

    Assert.Equal<int list>([ 0; 4; 8; 1; 5; 9; 2; 6; 10; 3; 7; 11 ], places)
    Assert.True(PairOrder.isSafe 127y 1y && PairOrder.isSafe -128y 127y && PairOrder.isSafe -64y -64y)
    Assert.False(PairOrder.isSafe 127y 2y || PairOrder.isSafe -127y -2y)

[<Fact>]
let ``parameters of pairs belong to precisions with a multiplier on targets that add pairs`` () =
    let case profile precision =
        { PlainCase.ofWeights profile precision [| [| 1.0f; 0.5f |] |] with
            Low = -500.0
            High = 500.0
        }

    let replay profile precision steps =
        let case = case profile precision

        let parameters =
            { BacktrackingParameters.initial precision null (Channelwise.perChannel [ 0 ]) with
                LargestWeight = steps
            }

        match Pipeline.planFrom parameters (LayerCase.request case) (LayerCase.layer case) with
        | Ok planned -> planned.Trace.Last.Parameters.LargestWeight[0]
        | Error refused ->
            match refused.Refusal with
            | Refusal.ParametersOfAnotherLayer _ -> 0.0
            | other -> failwith $"{other}"

    let one steps = Channelwise.perChannel [ steps ]
    Assert.Equal(80.0, replay BackendProfile.onnxRuntime Precision.TfliteInt8 (one 80.0))
    Assert.Equal(0.0, replay BackendProfile.onnxRuntime Precision.TfliteInt8 (one 60.0))
    Assert.Equal(0.0, replay BackendProfile.onnxRuntime Precision.TfliteInt8 (Channelwise.perTensor 80.0))
    Assert.Equal(0.0, replay BackendProfile.onnxRuntime Precision.SimaInt8 (one 80.0))
    Assert.Equal(0.0, replay BackendProfile.onnxRuntimeVnni Precision.TfliteInt8 (one 80.0))

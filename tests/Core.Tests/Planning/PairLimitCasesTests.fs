module QuantFunctional.Tests.PairLimitCasesTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private inPairs products (profile: BackendProfile) = { profile with Products = products }

let private need (result: Result<'T, Refusal>) = LayerCase.need result

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
    // beyond 87730/1024 steps 63 would be more than 42.5 and round to 43; with these 85.56 and 42.44 round to 86 and 42, so
    // that the errors nearly cancel out
    Assert.Equal(85.5625, largest[1])
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
    Assert.Equal<Channelwise<int>>(Channelwise.perChannel [ 1; 0 ], parameters.BitsGivenUp)
    Assert.Equal<Channelwise<float>>(Channelwise.perChannel [ 127.0; 127.0 ], parameters.LargestWeight)

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

    // a step that is rounded the other way would let a pair reach 128 and a little, and its halves round to 129
    for weight in 1.0 .. 63.0 do
        for pair in weight + 1.0 .. 2.0 * weight - 1.0 do
            let reached = PairLimit.largestWeight weight pair * pair / weight
            Assert.InRange(reached, 128.0 - 3.0 / 1024.0, 128.0)

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

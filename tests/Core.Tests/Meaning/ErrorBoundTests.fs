module QuantFunctional.Tests.ErrorBoundTests

open System
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// Weights and inputs of one sign, as after a ReLU: the output's zero point is its lowest value, and it travels in the bias.
let private oneSided (profile: BackendProfile) (precision: Precision) (seed: int) (count: int) =
    let random = Random seed

    let weights = Array.init count (fun _ -> float32 (0.5 + random.NextDouble() * 0.5))

    let step = 0.01 * (1.0 + random.NextDouble())

    { PlainCase.ofWeights profile precision [| weights |] with
        InputStep = step
        InputZeroPoint = -128
        Low = 0.0
        High = step * 255.0 * Array.sumBy float weights
    }
    |> PlainCase.plan

let private bound (planned: QuantizedLayer) =
    (Certificate.ofLayer planned.Plan.WeightScale planned.Integers).ErrorBounds[0]

/// The error of one output in steps, exactly, for Σ (a − Za)·w; the bias is 0.
let private error (planned: QuantizedLayer) (sum: int64) (output: int64) : Exact =
    let plan = planned.Plan

    let real =
        Exact.ofBig (bigint sum) * Exact.ofFloat plan.Output.Scale
        / (Exact.ofFloat plan.Input.Scale * Exact.ofFloat plan.WeightScale[0])

    abs (Exact.ofBig (bigint (output - int64 planned.Integers.Output.ZeroPoint)) - real)

[<Fact>]
let ``P09 the bound holds at the far end of a layer whose output zero point travels in the bias`` () =
    for seed in [ 3; 4; 6 ] do
        let planned =
            oneSided BackendProfile.tfliteSingleRounding Precision.RestrictedTfliteInt16 seed 4000

        let q = planned.Integers
        Assert.NotEqual(q.Output.ZeroPoint, q.OutputOffset)
        let highest = 255L * Seq.sumBy int64 q.Weights
        let bound = Exact.ofFloat (bound planned)

        // every sum next to a tie, from the highest down
        let steps = 1L <<< (q.Shift[0] - 1)

        for below in 0L .. 600L do
            for near in -1L .. 1L do
                let product = (highest / steps - below) * steps + near
                let output = Requantize.output q (Requantize.ofChannel q 0) (product + q.Bias[0])

                if output > q.OutputRange.Low && output < q.OutputRange.High then
                    let apart = error planned product output
                    Assert.True(apart <= bound, $"seed {seed}, sum {product}: {apart.Top}/{apart.Bottom}")

[<Fact>]
let ``the bound of 16-bit outputs on the 64-bit rule counts no accumulator whose output saturates`` () =
    let random = Random 5

    let weights = Array.init 512 (fun _ -> float32 (random.NextDouble() - 0.5))

    // a hundredth of what the sums reach, so that most of them saturate
    let case =
        { PlainCase.ofWeights BackendProfile.tflite Precision.TfliteInt16 [| weights |] with
            Low = -0.01 * 32768.0 * Array.sumBy (float >> abs) weights
            High = 0.01 * 32768.0 * Array.sumBy (float >> abs) weights
        }
        |> PlainCase.wide

    let planned = PlainCase.plan case
    Assert.Equal(RequantizationRounding.OnceTiesUpReduced16, planned.Integers.Rounding)
    // half a step, and 2^−15 of 32,768 steps for the multiplier's 16 bits
    Assert.InRange(bound planned, 0.5, 1.6)

[<Theory>]
[<InlineData(0, 0.0)>]
[<InlineData(1, 0.5)>]
[<InlineData(3, 0.625)>]
let ``gemmlowp's multiplier 1 rounds once where its exponent shifts nothing to the right``
    (shift: int, rounding: float)
    =
    let planned =
        PlainCase.ofWeights BackendProfile.tflite Precision.RestrictedTfliteInt8 [| [| 1.0f; 0.5f |] |]
        |> PlainCase.plan

    let layer =
        { planned.Integers with
            Shift = Channelwise.perTensor shift
            Multiplier = Channelwise.perTensor 1
        }

    let scale = Math.ScaleB(1.0, -shift)
    let weightScale = layer.Output.Scale / (layer.Input.Scale * scale)

    let found =
        (Certificate.ofLayer (Channelwise.perTensor weightScale) layer).ErrorBounds[0]

    // the rounding, and half a step of the bias
    Assert.Equal(rounding + 0.5 * scale, found, 6)

/// A sum of so many weights of 1, with a bias and a symmetric output of ±0.3.
let private biased (count: int) (bias: float32) (step: float) =
    let case =
        PlainCase.ofWeights BackendProfile.reference Precision.RestrictedTfliteInt8 [| Array.create count 1.0f |]

    { case with
        Request = { case.Request with Asymmetric = false }
        Bias = [| bias |]
        InputStep = step
        Low = -0.3
        High = 0.3
    }

/// The error of one output in steps, exactly, for Σ (a − Za)·w and the real bias.
let private errorWithBias (planned: QuantizedLayer) (sum: int64) (output: int64) : Exact =
    let bias =
        Exact.ofFloat planned.RealBias[0] * Exact.ofFloat planned.Plan.Output.Scale

    let output = Exact.ofBig (bigint (output - int64 planned.Integers.Output.ZeroPoint))

    let real =
        Exact.ofBig (bigint sum) * Exact.ofFloat planned.Plan.Output.Scale
        / (Exact.ofFloat planned.Plan.Input.Scale * Exact.ofFloat planned.Plan.WeightScale[0])

    abs (output - bias - real)

[<Fact>]
let ``P09 a bias of which doubles round more than the bound's last bits counts with what they round`` () =
    let planned = PlainCase.plan (biased 66400 1572863.25f 0.3)
    let inputs = Array.init 66400 (fun i -> if i < 2722 then -78 else -79)
    let q = planned.Integers
    let output = Tiny.output q 0 inputs
    Assert.True(output > bigint q.OutputRange.Low && output < bigint q.OutputRange.High)

    let sum =
        Array.fold2 (fun sum w a -> sum + int64 (w: int) * int64 a) 0L (Tiny.weights q 0) inputs

    let apart = errorWithBias planned sum (int64 output)
    Assert.True(apart > Exact.ofFloat 0.50000002, "half a step is not the whole of it")
    Assert.True(apart <= Exact.ofFloat (bound planned))
    Assert.InRange(bound planned, 0.5, 0.50001)

[<Fact>]
let ``P09 the bound holds next to every tie for biases of every size`` () =
    let random = Random 9
    let mutable farthest = Exact.ofInt 0

    for _ in 1..80 do
        let bias = float32 (Math.ScaleB(random.NextDouble() - 0.5, random.Next(2, 23)))

        match LayerCase.plan (biased 66400 bias (0.01 + random.NextDouble())) with
        | Error _ -> ()
        | Ok planned ->
            let q = planned.Integers
            let weight = int64 q.Weights[0]
            let half = 1L <<< max 0 (q.Shift[0] - 1)
            let largest = bound planned
            let limit = Exact.ofFloat largest

            for ties in -60L .. 60L do
                for near in -1L .. 1L do
                    let sum = ((ties * half - q.Bias[0]) / weight + near) * weight
                    let output = Requantize.output q (Requantize.ofChannel q 0) (sum + q.Bias[0])

                    if output > q.OutputRange.Low && output < q.OutputRange.High then
                        let apart = errorWithBias planned sum output
                        farthest <- max farthest (apart / limit)
                        Assert.True((apart <= limit), $"bias {bias}, sum {sum}: {largest}")

    // and it is not far from what happens
    Assert.True(farthest > Exact.ofFloat 0.99)

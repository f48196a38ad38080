// Checks a property over your own weights with FsCheck: can any input overflow the accumulator of a plan?
// Run: dotnet build -c Release; dotnet fsi samples/check-a-property.fsx
#I "../shell/QuantFunctional.Cli/bin/Release/net10.0"
#I "../tests/Core.Tests/bin/Release/net10.0"
#r "System.Numerics.Tensors.dll"
#r "QuantFunctional.Core.dll"
#r "FsCheck.dll"

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

let channels, length = 4, 2 * 3 * 3

/// Put your own weights here: OIHW, 4 × 2 × 3 × 3.
let mine =
    Array.init (channels * length) (fun i -> float32 (i * i * 7919 % 1009 - 504) / 504.0f)

/// A layer near yours: each channel of the weights scaled, biases and ranges of any size, any zero point.
type Case =
    {
        ChannelSizes: int array
        Biases: int array
        ZeroPoint: int
        Range: float * float
        Precision: Precision
    }

let cases =
    gen {
        let! sizes = Gen.arrayOfLength channels (Gen.choose (-12, 12))
        let! biases = Gen.arrayOfLength channels (Gen.choose (-4000, 4000))
        let! zeroPoint = Gen.choose (-128, 127)
        let! low, high = Gen.two (Gen.choose (0, 1000))

        let! precision =
            Gen.elements [ Precision.TfliteInt8; Precision.SimaInt8; Precision.SimaInt16 ]

        return
            {
                ChannelSizes = sizes
                Biases = biases
                ZeroPoint = zeroPoint
                Range = -0.01 * float low, 0.01 * float (high + 1)
                Precision = precision
            }
    }

let plan (case: Case) : Result<QuantizedLayer, string> =
    let weights =
        mine |> Array.mapi (fun i w -> w * float32 (Math.ScaleB(1.0, case.ChannelSizes[i / length])))

    let bias = case.Biases |> Array.map (fun b -> float32 b / 100.0f)

    WeightView.create WeightLayout.OIHW 1 [ channels; 2; 3; 3 ] (ReadOnlyMemory weights)
    |> Result.bind (fun view ->
        Encoding.ofStep 0.01 case.ZeroPoint ScalarType.Int8
        |> Result.bind (fun input ->
            ObservedDistribution.ofRange (fst case.Range) (snd case.Range)
            |> Result.bind (fun output ->
                Layer.create view (Geometry.plain 2) (ReadOnlyMemory bias) input output Activation.Linear)))
    |> Result.mapError _.Message
    |> Result.bind (fun layer ->
        Pipeline.plan
            { PlanRequest.defaults with
                Precision = PrecisionRequest.Exactly case.Precision
            }
            layer
        |> Result.mapError _.Message)

/// The worst sums of a channel over every 8-bit input, from its integers alone.
let worst (layer: IntegerLayer) (channel: int) : bigint * bigint =
    let weights =
        [ for i in 0 .. length - 1 -> bigint (int layer.Weights[channel * length + i]) ]

    let bias = bigint layer.Bias[channel]

    let extreme choose =
        bias + List.sumBy (fun w -> choose (-128I * w) (127I * w)) weights

    extreme min, extreme max

let fits (value: bigint) =
    value >= bigint Int32.MinValue && value <= bigint Int32.MaxValue

let neverOverflows (case: Case) =
    match plan case with
    | Error _ -> true |> Prop.classify true "refused, with a reason"
    | Ok plan ->
        [ 0 .. channels - 1 ]
        |> List.forall (fun channel ->
            let low, high = worst plan.Integers channel
            fits low && fits high)
        |> Prop.classify (plan.Trace.Retries = 0) "planned at once"
        |> Prop.classify (plan.Trace.Retries > 0) "planned after a retry"

let config = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20UL, 25UL)

printf "no input overflows the accumulator: "
Check.One(config, Prop.forAll (Arb.fromGen cases) neverOverflows)

// Which output channel costs the most? Each one is left out in turn, and the precision that the others win is its price.
// Run: dotnet build -c Release; dotnet fsi samples/costliest-channel.fsx
#I "../shell/QuantFunctional.Cli/bin/Release/net10.0"
#r "System.Numerics.Tensors.dll"
#r "QuantFunctional.Core.dll"

open System
open QuantFunctional
open QuantFunctional.FSharp

let channels, length = 8, 3 * 3 * 3
let random = Random 11

// channel 5 has weights 20 times as large as the others', channel 2 a bias far outside what its weights can reach
let weights =
    Array.init channels (fun channel ->
        let size = if channel = 5 then 2.0 else 0.1
        Array.init length (fun _ -> float32 (size * (2.0 * random.NextDouble() - 1.0))))

let bias =
    Array.init channels (fun channel ->
        if channel = 2 then
            400.0f
        else
            float32 (random.NextDouble()))

/// The plan of some of the channels.
let plan (perChannel: bool) (kept: int array) : QuantizedLayer =
    let data = kept |> Array.collect (fun channel -> weights[channel])
    let kept = kept |> Array.map (fun channel -> bias[channel])

    WeightView.create WeightLayout.OIHW 1 [ kept.Length; 3; 3; 3 ] (ReadOnlyMemory data)
    |> Result.bind (fun view ->
        Encoding.ofStep 0.0001 0 ScalarType.Int8
        |> Result.bind (fun input ->
            ObservedDistribution.ofRange -8.0 8.0
            |> Result.bind (fun output ->
                Layer.create view (Geometry.plain 2) (ReadOnlyMemory kept) input output Activation.Linear)))
    |> Result.mapError _.Message
    |> Result.bind (fun layer ->
        Pipeline.plan
            { PlanRequest.defaults with
                PerChannel = perChannel
            }
            layer
        |> Result.mapError _.Message)
    |> Result.defaultWith (fun message ->
        eprintfn $"{message}"
        exit 1)

/// Mean bits of the integer weights: the integers reach from −m to m, with m of so many bits and a sign.
let bitsUsed (plan: QuantizedLayer) (channel: int) : float =
    let largest =
        plan.Integers.Weights.AsSpan(channel * length, length).ToArray()
        |> Array.map (int >> abs)
        |> Array.max

    1.0 + Math.Log2(float largest + 1.0)

let all = [| 0 .. channels - 1 |]
let together = plan false all
let apart = plan true all

/// The bits that the other channels win, in the mean, when this one is gone.
let price (channel: int) : float =
    let others = Array.except [ channel ] all
    let without = plan false others

    others |> Array.mapi (fun i other -> bitsUsed without i - bitsUsed together other) |> Array.average

let costliest = all |> Array.maxBy price
printfn $"channel {costliest} costs the most: per tensor, the others lose %.1f{price costliest} bits each to it"
printfn ""
printfn "channel  bits per tensor  price  bits per channel  given up  why"

let reasons =
    [
        for attempt in apart.Trace.Attempts do
            match attempt.Outcome with
            | AttemptOutcome.Retried reason ->
                for overflow in reason.Overflows do
                    overflow.Channel, $"%A{reason.Cause} by {overflow.Bits} bits"
            | _ -> ()
    ]

for channel in all do
    let given = apart.Trace.Last.Parameters.BitsGivenUp[channel]

    let why =
        reasons |> List.filter (fun (at, _) -> at = channel) |> List.map snd |> String.concat ", "

    printf $"%7d{channel}  %15.1f{bitsUsed together channel}  %5.1f{price channel}  "
    printfn $"%16.1f{bitsUsed apart channel}  %8d{given}  {why}"

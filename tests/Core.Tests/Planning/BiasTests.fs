module QuantFunctional.Tests.BiasTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P06 an accepted bias is within half a step of the real one`` (case: LayerCase) = BiasProperties.accepted case

/// Channels of the weights ±1 with an input step of 1, and 0 as bias but for one channel.
let private planted channels channel (bias: float32) perChannel profile precision =
    let plain =
        PlainCase.ofWeights profile precision (Array.init channels (fun _ -> [| 1.0f; -1.0f; 1.0f |]))

    { plain with
        Request =
            { plain.Request with
                PerChannel = perChannel
            }
        Bias = Array.init channels (fun i -> if i = channel then bias else 0.0f)
        Low = -50000.0 // as wide a range as makes the shift larger than the bits to give up
        High = 50000.0
    }

[<Property(MaxTest = 200)>]
let ``a planted bias overflow is answered in its channel alone, by its bits``
    (PositiveInt n)
    (PositiveInt c)
    (PositiveInt b)
    (perChannel: bool)
    =
    let channels = 1 + n % 9
    let channel, bits = c % channels, 1 + b % 7
    // the bias alone is 127 steps a unit; 1.5·2^31 needs one halving, 1.5·2^32 two
    let bias = float32 (1.5 * Math.ScaleB(1.0, 30 + bits) / 127.0)

    let cases =
        [
            BackendProfile.reference, Precision.TfliteInt8
            BackendProfile.tflite, Precision.TfliteInt8
            BackendProfile.onnxRuntime, Precision.TfliteInt8
        ]

    cases
    |> List.map (fun (profile, precision) ->
        match LayerCase.plan (planted channels channel bias perChannel profile precision) with
        | Error refused -> false |> Prop.label $"{profile.Name}: {refused.Message}"
        | Ok planned ->
            match planned.Trace.Attempts[0].Outcome with
            | AttemptOutcome.Retried reason ->
                let overflow = Seq.exactlyOne reason.Overflows

                (reason.Cause = RetryCause.BiasOverflow
                 && reason.Remedy = Remedy.GiveUpWeightBits
                 && overflow.Channel = channel
                 && overflow.Bits = bits
                 && overflow.Limit = 2147483647.0
                 && abs (overflow.Value / (float bias * 127.0) - 1.0) < 1e-4
                 && reason.Message.Contains $"channel {channel}: "
                 && planned.Trace.Retries = 1
                 && planned.Trace.Last.Parameters.BitsGivenUp[channel] = bits
                 && Channelwise.sumBy id planned.Trace.Last.Parameters.BitsGivenUp = bits)
                |> Prop.label $"{profile.Name}: {reason.Message}"
            | other -> false |> Prop.label $"{profile.Name}: {other}")
    |> List.reduce (.&.)

[<Fact>]
let ``a bias too large for any bits is refused with its channel and its limit`` () =
    let case = planted 5 3 -1e38f true BackendProfile.tflite Precision.TfliteInt8

    match LayerCase.plan case with
    | Ok _ -> failwith "planned"
    | Error refused ->
        match refused.Refusal with
        | Refusal.BiasOverflow(3, value, -2147483648.0) ->
            Assert.True(value < -2147483648.0)
            Assert.Contains("channel 3", refused.Message)
        | other -> failwith $"{other}"

[<Fact>]
let ``a refusal names the channel farthest beyond the limit`` () =
    for perChannel in [ true; false ] do
        let case = planted 4 1 1e20f perChannel BackendProfile.tflite Precision.TfliteInt8

        let case =
            { case with
                Bias = [| 0.0f; 1e20f; 0.0f; 1e25f |]
            }

        match LayerCase.plan case with
        | Error refused ->
            match refused.Refusal with
            | Refusal.BiasOverflow(3, _, _) -> ()
            | other -> failwith $"{other}"
        | Ok _ -> failwith "planned"

[<Theory>]
[<InlineData(Single.NaN, "NaN")>]
[<InlineData(Single.PositiveInfinity, "Infinity")>]
[<InlineData(Single.NegativeInfinity, "-Infinity")>]
let ``a bias that is not finite is refused by its channel`` (bias: float32, found: string) =
    for perChannel in [ true; false ] do
        let case = planted 4 2 bias perChannel BackendProfile.reference Precision.SimaInt8

        match LayerCase.plan case with
        | Error refused -> Assert.Equal(Refusal.BiasNotFinite(2, found), refused.Refusal)
        | Ok _ -> failwith "planned"

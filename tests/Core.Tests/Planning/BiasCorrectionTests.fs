module QuantFunctional.Tests.BiasCorrectionTests

open System.Collections.Immutable
open System.Numerics
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// A finite double in units of 2^−400, so that long sums stay cheap and as good as exact.
let private units (x: float) =
    Exact.floor (Exact.ofFloat x * Exact.pow2 400)

let private ofUnits (power: int) (x: BigInteger) =
    Exact.ofBig x * Exact.pow2 (-400 * power)

/// The mean of the input that each weight of a channel meets.
let private meansOf (case: LayerCase) (means: float array) (channel: int) =
    let inputs = case.InputChannels / case.Groups
    let group = channel / (case.Channels / case.Groups)
    Array.init case.Length (fun i -> means[group * inputs + i / case.Positions])

/// b + Σ (w − Qw/Sw)·E[a] of a channel, and the sum of the magnitudes of all that is added.
let private corrected (case: LayerCase) (planned: QuantizedLayer) (means: float array) (channel: int) =
    let means = meansOf case means channel |> Array.map units
    let weights = case.Weights[channel] |> Array.map (float >> units)
    let integers = Tiny.weights planned.Integers channel

    let bias =
        if case.Bias.Length = 0 then
            0.0
        else
            float case.Bias[channel]

    let products a = Array.map2 (*) a means
    let integral = integers |> Array.map (fun (q: int) -> BigInteger q) |> products
    let real = products weights
    let size = Array.fold (fun sum (x: BigInteger) -> sum + abs x) BigInteger.Zero

    let scaled (x: BigInteger) =
        if planned.Plan.IsDead channel then
            Exact.ofInt 0
        else
            ofUnits 1 x / Exact.ofFloat planned.Plan.WeightScale[channel]

    let total = ofUnits 2 (Array.sum real) - scaled (Array.sum integral)
    let magnitude = ofUnits 2 (size real) + scaled (size integral)
    Exact.ofFloat bias + total, abs (Exact.ofFloat bias) + magnitude

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 600)>]
let ``P06 the real bias is the layer's, and what the means say was lost with the weights`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        [ 0 .. case.Channels - 1 ]
        |> List.map (fun channel ->
            let found = Exact.ofFloat planned.RealBias[channel]

            let bias =
                if case.Bias.Length = 0 then
                    0.0
                else
                    float case.Bias[channel]

            let holds =
                match case.Correction with
                | Correction.Off -> found = Exact.ofFloat bias
                | Correction.MeanInput means ->
                    let exact, magnitude = corrected case planned means channel
                    abs (found - exact) <= magnitude * Exact.ofInt (case.Length + 4) * Exact.pow2 -52
                | Correction.MeanOutput(quantized, real) ->
                    let bias, real, quantized =
                        Exact.ofFloat bias, Exact.ofFloat real[channel], Exact.ofFloat quantized[channel]

                    let exact = bias + real - quantized
                    abs (found - exact) <= (abs bias + abs real + abs quantized) * Exact.pow2 -51

            holds |> Prop.label $"channel {channel}: {planned.RealBias[channel]:R}")
        |> List.reduce (.&.)
        |> Prop.collect (
            match case.Correction with
            | Correction.Off -> "off"
            | Correction.MeanInput _ -> "mean input"
            | Correction.MeanOutput _ -> "mean output"
        )

/// Two groups of one channel, each of two inputs: weights that round by a known part of a step.
let private grouped =
    let weights = [| [| 127.0f; 0.25f |]; [| -127.0f; 0.5f |] |]

    { PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 weights with
        Groups = 2
        Low = -1000.0
        High = 1000.0
        Correction = Correction.MeanInput [| 100.0; 2.0; 1000.0; 4.0 |]
    }

[<Fact>]
let ``the means are those of the group's own inputs`` () =
    // Sw = 1: 0.25 and 0.5 round to 0, the largest weights to themselves
    Assert.Equal<float list>([ 0.25 * 2.0; 0.5 * 4.0 ], List.ofSeq (PlainCase.plan grouped).RealBias)

[<Fact>]
let ``a dead channel gets all of its weights' mean back`` () =
    let dead =
        { grouped with
            Weights = [| [| 127.0f; 0.25f |]; [| 1e-30f; 0.0f |] |]
        }

    let planned = PlainCase.plan dead
    Assert.True(planned.Plan.IsDead 1)
    Assert.Equal(float 1e-30f * 1000.0, planned.RealBias[1])

[<Fact>]
let ``means of outputs are taken off and added channel by channel`` () =
    let case =
        { grouped with
            Bias = [| 1.0f; -2.0f |]
            Correction = Correction.MeanOutput([| 0.5; 8.0 |], [| 0.75; 4.0 |])
        }

    Assert.Equal<float list>([ 1.25; -6.0 ], List.ofSeq (PlainCase.plan case).RealBias)

[<Fact>]
let ``means that are missing, too many or not finite are refused with their number`` () =
    let what correction =
        match PlainCase.refusal { grouped with Correction = correction } with
        | Refusal.BiasCorrectionNotFit what -> what
        | other -> failwith $"{other}"

    Assert.Contains("3 means of input channel for 4", what (Correction.MeanInput [| 1.0; 2.0; 3.0 |]))
    Assert.Contains("input channel 2 is not finite", what (Correction.MeanInput [| 1.0; 2.0; nan; 4.0 |]))
    Assert.Contains("1 means of output channel for 2", what (Correction.MeanOutput([| 1.0 |], [| 1.0; 2.0 |])))
    Assert.Contains("float layer's", what (Correction.MeanOutput([| 1.0; 2.0 |], [||])))

    let uninitialised =
        { grouped.Request with
            BiasCorrection = BiasCorrection.FromMeanInput(ImmutableArray<float>())
        }

    match Pipeline.plan uninitialised (LayerCase.layer grouped) with
    | Error refused -> Assert.Contains("0 means", refused.Message)
    | Ok _ -> failwith "planned"

[<Fact>]
let ``a correction that overflows double is refused by its channel`` () =
    let wild =
        { grouped with
            Correction = Correction.MeanInput [| 0.0; 1.7e308; 0.0; 1.0 |]
            Weights = [| [| 1e30f; 1e27f |]; [| 1.0f; 1.0f |] |]
        }

    match PlainCase.refusal wild with
    | Refusal.BiasNotFinite(0, _) -> ()
    | other -> failwith $"{other}"

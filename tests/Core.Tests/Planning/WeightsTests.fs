module QuantFunctional.Tests.WeightsTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private view layout (case: LayerCase) =
    let channels, length = case.Weights.Length, case.Weights[0].Length

    let shape, data =
        match layout with
        | WeightLayout.IO -> [ length; channels ], Array.concat (Array.transpose case.Weights)
        | _ -> [ channels; length ], Array.concat case.Weights

    match WeightView.create layout 1 shape (ReadOnlyMemory data) with
    | Ok view -> view
    | Error refusal -> failwith refusal.Message

let private scales (case: LayerCase) (view: WeightView) =
    match WeightScales.select case.Request.Profile.Steps 8 case.Request.PerChannel view with
    | Ok scales -> scales
    | Error refusal -> failwith refusal.Message

/// Runs a check on the integers of a case's weights, laid out by row or by column.
let private check (case: LayerCase) ask =
    [ WeightLayout.OI; WeightLayout.IO ]
    |> List.map (fun layout ->
        let view = view layout case
        let scales = scales case view
        ask view scales (Weights.quantize 8 scales view))
    |> List.forall id

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``an integer weight is the one nearest to w·Sw`` (case: LayerCase) =
    let half = Exact.pow2 -1 + Exact.pow2 -17 // the step on a float32 wire moves m by up to m·2^−24

    check case (fun view scales integers ->
        Seq.forall
            (fun channel ->
                Seq.forall
                    (fun input ->
                        let index = view.Shape.Index(channel, input, 0)

                        let exact =
                            Exact.ofFloat (float view.Data.Span[index]) * Exact.ofFloat scales[channel]

                        let q = Exact.ofInt (int integers.Values[index])
                        abs (q - exact) <= half)
                    (seq { 0 .. view.Shape.Inputs - 1 }))
            (seq { 0 .. view.Channels - 1 }))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``sums by sign are those of the channel's integers`` (case: LayerCase) =
    check case (fun view _ integers ->
        Seq.forall
            (fun channel ->
                let values =
                    [
                        for i in 0 .. view.Shape.Inputs - 1 -> int64 integers.Values[view.Shape.Index(channel, i, 0)]
                    ]

                integers.PositiveSums[channel] = List.sumBy (max 0L) values
                && integers.NegativeSums[channel] = List.sumBy (min 0L) values
                && integers.IsZero channel = List.forall ((=) 0L) values)
            (seq { 0 .. view.Channels - 1 }))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``fake-quantized weights lie within half a step of the real ones`` (case: LayerCase) =
    check case (fun view scales integers ->
        let fake = Weights.fakeQuantized scales view.Shape integers.Values

        Seq.forall
            (fun (channel, input) ->
                let index = view.Shape.Index(channel, input, 0)

                let real, found, scale =
                    float view.Data.Span[index], float fake[index], scales[channel]

                if scale = 0.0 then
                    found = 0.0
                else
                    // half a step, the rounding to float32 and half of its smallest number
                    let tolerance = 0.5 / scale + abs real * 2.0 ** -20 + float Single.Epsilon
                    abs (found - real) <= tolerance)
            (Seq.allPairs [ 0 .. view.Channels - 1 ] [ 0 .. view.Shape.Inputs - 1 ]))

[<Fact>]
let ``the largest float32 stays finite when its step rounds up`` () =
    match WeightView.create WeightLayout.OI 1 [ 1; 1 ] (ReadOnlyMemory [| Single.MaxValue |]) with
    | Error refusal -> failwith refusal.Message
    | Ok view ->
        let scales =
            Channelwise.perTensor (WeightScales.ofLargest StepFormat.Float32 8 (float Single.MaxValue))

        Assert.Equal(
            Single.MaxValue,
            (Weights.fakeQuantized scales view.Shape (Weights.quantize 8 scales view).Values)[0]
        )

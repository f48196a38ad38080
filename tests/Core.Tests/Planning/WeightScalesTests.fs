module QuantFunctional.Tests.WeightScalesTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private wire (case: LayerCase) = case.Request.Profile.Steps

let private view (weights: float32 array array) =
    match
        WeightView.create WeightLayout.OI 1 [ weights.Length; weights[0].Length ] (ReadOnlyMemory(Array.concat weights))
    with
    | Ok view -> view
    | Error refusal -> failwith refusal.Message

let private largest (weights: float32 seq) =
    weights |> Seq.map (fun w -> abs (float w)) |> Seq.max

/// The weights that one scale serves.
let private groups (case: LayerCase) =
    if case.Request.PerChannel then
        case.Weights
    else
        [| Array.concat case.Weights |]

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P02 the largest weight becomes m and none clamps by more than rounding`` (case: LayerCase) =
    let m = Exact.ofInt 127

    match WeightScales.select (wire case) 8 case.Request.PerChannel (view case.Weights) with
    | Error refusal -> false |> Prop.label refusal.Message
    | Ok scales ->
        groups case
        |> Seq.mapi (fun i weights ->
            let top = largest weights
            let scaled = Exact.ofFloat top * Exact.ofFloat scales.Values[i]
            let rounding = if wire case = StepFormat.Float32 then -23 else -52

            let vanished =
                top = 0.0
                || wire case = StepFormat.Float32
                   && Exact.ofFloat top < m * Exact.pow2 -126 * Exact.ofFloat (1.0 - 2.0 ** -25)

            if scales.Values[i] = 0.0 then
                vanished |> Prop.label $"{top:R} counts as 0"
            else
                Exact.near rounding scaled m |> Prop.label $"{top:R} by {scales.Values[i]:R}")
        |> Seq.reduce (.&.)
        |> Prop.classify (Seq.contains 0.0 scales.Values) "vanished"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P02 a planned layer uses m unless it folded or gave up bits`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let length = case.Length

        let integers =
            planned.Integers.Weights |> Seq.map (fun q -> abs (int q)) |> Seq.toArray

        let used =
            if case.Request.PerChannel then
                Array.chunkBySize length integers |> Array.map Array.max
            else
                [| Array.max integers |]

        let bits = planned.Trace.Last.Parameters.BitsGivenUp

        used
        |> Array.mapi (fun i most ->
            let alive = planned.Plan.WeightScale.Values[i] <> 0.0
            let whole = planned.Precision.HasMultiplier && alive && bits.Values[i] = 0
            most <= 127 && (not whole || most = 127) && (alive || most = 0))
        |> Array.forall id
        |> Prop.label $"{used}"

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``P02 one scale for the tensor is the smallest of the channels'`` (case: LayerCase) =
    let all = WeightScales.perTensor (wire case) 8 (view case.Weights)

    match WeightScales.select (wire case) 8 true (view case.Weights), all with
    | Ok channels, Ok tensor ->
        let live = channels.Values |> Seq.filter (fun scale -> scale <> 0.0)
        tensor = (if Seq.isEmpty live then 0.0 else Seq.min live)
    | other -> failwith $"{other}"

[<Theory>]
[<InlineData(Single.NaN, "NaN")>]
[<InlineData(Single.PositiveInfinity, "Infinity")>]
[<InlineData(Single.NegativeInfinity, "-Infinity")>]
let ``a weight that is not finite is refused by its index, in both directions of memory``
    (bad: float32, found: string)
    =
    for layout in [ WeightLayout.OI; WeightLayout.IO ] do
        for index in 0..5 do
            let data =
                Array.init 6 (fun i -> if i >= index && i % 2 = index % 2 then bad else 1.0f)

            match WeightView.create layout 1 [ 2; 3 ] (ReadOnlyMemory data) with
            | Error refusal -> failwith refusal.Message
            | Ok view ->
                for perChannel in [ true; false ] do
                    let refused: Result<Channelwise<float>, Refusal> =
                        Error(Refusal.WeightNotFinite(index, found))

                    Assert.Equal(refused, WeightScales.select StepFormat.Float64 8 perChannel view)

[<Fact>]
let ``m is the largest integer of its bits, and giving up all bits leaves no weight`` () =
    Assert.Equal<int list>([ 127; 7; 32767 ], List.map WeightScales.largestInteger [ 8; 4; 16 ])
    Assert.Equal(12.5, WeightScales.giveUp 3 100.0)
    Assert.Equal(0.0, WeightScales.giveUp 8 100.0)

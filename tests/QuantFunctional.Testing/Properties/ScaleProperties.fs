namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// The scales of weights, folding, and what stands for S.
[<RequireQualifiedAccess>]
module internal ScaleProperties =

    let private wire (case: LayerCase) = case.Request.Profile.Steps

    let private view (weights: float32 array array) =
        match
            WeightView.create
                WeightLayout.OI
                1
                [ weights.Length; weights[0].Length ]
                (ReadOnlyMemory(Array.concat weights))
        with
        | Ok view -> view
        | Error refusal -> failwith refusal.Message

    let private most (weights: float32 seq) =
        weights |> Seq.map (fun w -> abs (float w)) |> Seq.max

    /// The weights that one scale serves.
    let private groups (case: LayerCase) =
        if case.Request.PerChannel then
            case.Weights
        else
            [| Array.concat case.Weights |]

    /// The largest weight of each scale becomes m, and none clamps by more than rounding.
    let weightScale (case: LayerCase) =
        let m = Exact.ofInt 127

        match WeightScales.select (wire case) 8 case.Request.PerChannel (view case.Weights) with
        | Error refusal -> false |> Prop.label refusal.Message
        | Ok scales ->
            groups case
            |> Seq.mapi (fun i weights ->
                let top = most weights
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

    /// A planned layer uses m unless it folded or gave up bits, and what is left of m where pairs took from it.
    let weightsUsed (case: LayerCase) =
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

            let parameters = planned.Trace.Last.Parameters
            let bits = parameters.BitsGivenUp

            // the step of a file may take a half to either side
            let isWhole most entry =
                let steps = parameters.LargestWeight.Values[entry]

                if steps = 127.0 then
                    most = 127
                else
                    abs (float most - steps) <= 0.5

            used
            |> Array.mapi (fun i most ->
                let alive = planned.Plan.WeightScale.Values[i] <> 0.0
                let whole = planned.Precision.HasMultiplier && alive && bits.Values[i] = 0
                most <= 127 && (not whole || isWhole most i) && (alive || most = 0))
            |> Array.forall id
            |> Prop.label $"{used}"

    /// One scale for the tensor is the smallest of the channels'.
    let tensorScale (case: LayerCase) =
        let all = WeightScales.perTensor (wire case) 8 (view case.Weights)

        match WeightScales.select (wire case) 8 true (view case.Weights), all with
        | Ok channels, Ok tensor ->
            let live = channels.Values |> Seq.filter (fun scale -> scale <> 0.0)
            tensor = (if Seq.isEmpty live then 0.0 else Seq.min live) |> Prop.label $"{tensor:R}"
        | Error refusal, _
        | _, Error refusal -> false |> Prop.label refusal.Message

    /// The largest integer weight that each scale of a planned layer serves.
    let largest (case: LayerCase) (planned: QuantizedLayer) =
        let magnitudes =
            planned.Integers.Weights |> Seq.map (fun q -> abs (int q)) |> Seq.toArray

        if case.Request.PerChannel then
            Array.chunkBySize case.Length magnitudes |> Array.map Array.max
        else
            [| Array.max magnitudes |]

    /// A folded layer has the multiplier 1, S is a power of two, and at least half of the weights' range is used.
    let folding (case: LayerCase) =
        match LayerCase.plan case with
        | Ok planned when not planned.Precision.HasMultiplier ->
            let plan = planned.Plan
            let bits = planned.Trace.Last.Parameters.BitsGivenUp

            let exponent =
                if case.Request.Profile.Steps = StepFormat.Float32 then
                    -22
                else
                    -50

            largest case planned
            |> Array.mapi (fun i used ->
                let r = plan.Requantization.Values[i]
                let scale = Exact.ofFloat plan.WeightScale.Values[i]
                let product = Exact.ofFloat r.Scale * Exact.ofFloat plan.Input.Scale * scale

                let half = Exact.ofInt 127 * Exact.pow2 -(bits.Values[i] + 1)

                ((r.Multiplier = 1 && Exact.ofFloat r.Scale = Exact.pow2 -r.Shift && used <= 127)
                 |> Prop.label "multiplier 1 and a power of two")
                .&. ((plan.IsDead i || Exact.ofInt used >= half)
                     |> Prop.label $"uses {used} with {bits.Values[i]} bits given up")
                .&. ((plan.IsDead i
                      || Exact.near
                          exponent
                          product
                          (Exact.ofFloat plan.Output.Scale * Exact.pow2 plan.IntrinsicShift.Values[i]))
                     |> Prop.label "scales"))
            |> Array.reduce (.&.)
            |> Prop.classify (planned.Trace.Retries > 0) "bits given up"
        | Ok _ -> true |> Prop.classify true "has a multiplier"
        | Error _ -> true |> Prop.classify true "refused"

    /// multiplier·2^−shift.
    let value (r: Requantization) =
        Exact.ofInt r.Multiplier * Exact.pow2 -r.Shift

    /// Every live channel of a planned layer holds S to the last bit of its multiplier.
    let multiplier (case: LayerCase) =
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let range =
                case.Request.Profile.ShiftRange(planned.Integers.Path, planned.Precision)

            [ 0 .. planned.Plan.Requantization.Count - 1 ]
            |> List.map (fun i ->
                let r = planned.Plan.Requantization.Values[i]
                let dead = planned.Plan.WeightScale.Values[i] = 0.0
                let shape = planned.Integers.Multiplier.Values[i], planned.Integers.Shift.Values[i]

                let fits =
                    match planned.Precision.HasMultiplier, case.Request.Profile.Multiplier with
                    | true, MultiplierForm.Integer bits ->
                        Exact.ofInt r.Multiplier >= Exact.pow2 (bits - 1)
                        && Exact.ofInt r.Multiplier < Exact.pow2 bits
                        && Exact.near -bits (value r) (Exact.ofFloat r.Scale)
                    | true, MultiplierForm.Single24 -> r.Multiplier >= (1 <<< 23) && value r = Exact.ofFloat r.Scale
                    | false, _ -> r.Multiplier = 1 && value r = Exact.ofFloat r.Scale

                (shape = (r.Multiplier, r.Shift)
                 && (if dead then
                         shape = (1, 0) && r.Scale = 1.0
                     else
                         fits && r.Shift >= range.Lowest && r.Shift <= range.Highest))
                |> Prop.label $"channel {i}: {r.Multiplier}·2^-{r.Shift} for {r.Scale:R}")
            |> List.reduce (.&.)

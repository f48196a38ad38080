namespace QuantFunctional.Testing

open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// The algebra of plans.
[<RequireQualifiedAccess>]
module internal AlgebraProperties =

    /// One operation on each part of a plan, with exponents that differ by entry.
    type Operation =
        | IntrinsicShift of int
        | Weight of int
        | Output of int
        | Requant of int
        | Widen of int
        | Kill of int

    let private by (plan: Plan) (make: int -> 'T) = Channelwise.init plan.WeightScale make

    let private apply operation (plan: Plan) =
        match operation with
        | IntrinsicShift h -> Plan.setIntrinsicShift (by plan (fun i -> (h + i) % 9)) plan
        | Weight e -> Plan.scaleWeightPow2 (by plan (fun i -> e - i)) plan
        | Output e -> Plan.scaleOutputPow2 e plan
        | Requant e -> Plan.scaleRequantPow2 (by plan (fun i -> e + i)) plan
        | Widen e -> Plan.widenOutput e plan
        | Kill n ->
            let chosen = by plan (fun i -> i % 5 = n)
            plan |> Plan.setWeightZero chosen |> Plan.setRequantOne chosen

    let private operation =
        let small = Gen.choose (-12, 12)

        Gen.oneof
            [
                Gen.map IntrinsicShift (Gen.choose (0, 8))
                Gen.map Weight small
                Gen.map Output small
                Gen.map Requant small
                Gen.map Widen (Gen.choose (1, 12))
                Gen.map Kill (Gen.choose (0, 9))
            ]

    /// The first plan of a case, with some bits given up and, on the int15 path, some intrinsic shifts raised.
    let private select (case: LayerCase) =
        let start = Attempts.start case

        let parameters =
            { start with
                BitsGivenUp = Channelwise.init start.BitsGivenUp (fun i -> i % 3)
                IntrinsicShiftRaised =
                    Channelwise.init start.BitsGivenUp (fun i -> Attempts.path case = ActivationPath.Int15 && i % 2 = 1)
            }

        Attempts.selected case parameters |> Result.map (fun (_, plan, _) -> plan)

    /// Half a unit of the multiplier, relative.
    let private rounding (case: LayerCase) =
        if case.Precision.HasMultiplier then
            -case.Request.Profile.Multiplier.Width
        else
            -60

    /// S·Sa·Sw = 2^h·Sc on live channels, S = multiplier·2^−shift, S unchanged on dead ones.
    let private keepsRelation (case: LayerCase) (before: Plan) (plan: Plan) =
        let exponent =
            match case.Request.Profile.Steps with
            | StepFormat.Float64 -> -50
            | StepFormat.Float16 -> -10
            | StepFormat.Float32 -> if case.Precision.HasMultiplier then -23 else -22

        [ 0 .. plan.WeightScale.Count - 1 ]
        |> List.forall (fun i ->
            let r = plan.Requantization.Values[i]

            let product =
                Exact.ofFloat r.Scale * Exact.ofFloat plan.Input.Scale * Exact.ofFloat plan.WeightScale.Values[i]

            let stored = Exact.ofInt r.Multiplier * Exact.pow2 -r.Shift

            if plan.IsDead i then
                r = before.Requantization.Values[i] || r = Requantization.unit
            else
                Exact.near
                    exponent
                    product
                    (Exact.ofFloat plan.Output.Scale * Exact.pow2 plan.IntrinsicShift.Values[i])
                && Exact.near (rounding case) stored (Exact.ofFloat r.Scale))

    /// Every operation keeps S·Sa·Sw = 2^h·Sc on live channels.
    let relation (case: LayerCase) =
        Prop.forAll (Arb.fromGen (Gen.listOf operation)) (fun operations ->
            match select case with
            | Error _ -> true |> Prop.classify true "refused"
            | Ok first ->
                operations
                |> List.scan (fun plan operation -> apply operation plan) first
                |> List.pairwise
                |> List.forall (fun (before, after) -> keepsRelation case before after)
                |> (&&) (keepsRelation case first first)
                |> Prop.classify (List.length operations > 3) "several operations")

    let private part operation =
        match operation with
        | IntrinsicShift _ -> 0
        | Weight _
        | Requant _ -> 1
        | Output _
        | Widen _ -> 2
        | Kill _ -> 3

    /// Operations on different parts commute.
    let commuting (case: LayerCase) =
        Prop.forAll (Arb.fromGen (Gen.two operation)) (fun (first, second) ->
            match select case with
            | Ok plan when part first <> part second ->
                apply first (apply second plan) = apply second (apply first plan) |> Prop.label $"{first} {second}"
            | _ -> true |> Prop.classify true "nothing to compare")

    /// An exponent and then its opposite is the identity.
    let opposites (case: LayerCase) (exponent: sbyte) =
        let e = int exponent / 4

        match select case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok plan ->
            let exponents = by plan (fun i -> e + i)
            let opposite = Channelwise.map (~-) exponents

            (plan |> Plan.scaleOutputPow2 e |> Plan.scaleOutputPow2 -e = plan |> Prop.label "output")
            .&. (plan |> Plan.scaleWeightPow2 exponents |> Plan.scaleWeightPow2 opposite = plan
                 |> Prop.label "weight")
            .&. (plan |> Plan.scaleWeightPow2 exponents |> Plan.scaleRequantPow2 exponents = plan
                 |> Prop.label "requantization is the weight's opposite")
            .&. (plan |> Plan.setIntrinsicShift (by plan (fun _ -> 8)) |> Plan.setIntrinsicShift plan.IntrinsicShift =
                     plan
                 |> Prop.label "intrinsic shift")

    /// The bias scale is Sa·Sw over 2^h, and Sc for the dead.
    let biasScale (case: LayerCase) (h: byte) =
        match select case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok plan ->
            let plan = Plan.setIntrinsicShift (by plan (fun _ -> int h % 9)) plan

            [ 0 .. plan.WeightScale.Count - 1 ]
            |> List.forall (fun i ->
                let found = Exact.ofFloat plan.BiasScale.Values[i]

                if plan.WeightScale.Values[i] = 0.0 then
                    plan.IsDead i && not (Plan.live plan).Values[i] && found = Exact.ofFloat plan.Output.Scale
                else
                    (Plan.live plan).Values[i]
                    && Exact.near
                        -52
                        (found * Exact.pow2 (int h % 9))
                        (Exact.ofFloat plan.Input.Scale * Exact.ofFloat plan.WeightScale.Values[i]))
            |> Prop.classify (Channelwise.exists ((=) 0.0) plan.WeightScale) "dead channels"

    /// An output scaled keeps its zero point, one widened has none and 32 bits.
    let outputs (case: LayerCase) (exponent: sbyte) =
        let e = int exponent / 8

        match select case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok plan ->
            let scaled, wide = Plan.scaleOutputPow2 e plan, Plan.widenOutput e plan

            (scaled.Output.ZeroPoint = plan.Output.ZeroPoint |> Prop.label "zero point")
            .&. (scaled.Output.Type = plan.Output.Type |> Prop.label "type")
            .&. ((wide.Output.ZeroPoint, wide.Output.Type) = (0, ScalarType.Int32) |> Prop.label "widened")
            .&. ((wide.Output.Scale = scaled.Output.Scale && wide.Requantization = scaled.Requantization)
                 |> Prop.label "the same scales")

    /// A plan is put together from its own parts, and from none that are not related.
    let parts (case: LayerCase) (n: int) =
        match select case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok plan ->
            let ofParts requantization =
                Plan.ofParts plan.Input plan.WeightScale plan.Output requantization plan.IntrinsicShift

            let entry = abs (n % plan.WeightScale.Count)

            let moved =
                Channelwise.init plan.WeightScale (fun i ->
                    let given = plan.Requantization.Values[i]

                    if i = entry then
                        Requantization.adjustShift 1 given
                    else
                        given)

            let named =
                match ofParts moved with
                | Error(Refusal.ScalesNotRelated(found, _, _)) -> found = entry
                | _ -> false

            (ofParts plan.Requantization = Ok plan |> Prop.label "its own parts")
            .&. (named |> Prop.label "the entry that is not related")

    /// What is made dead has no weight scale and S = 1, and the others stay.
    let dead (case: LayerCase) (n: byte) =
        match select case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok plan ->
            let chosen = by plan (fun i -> (i + int n) % 2 = 0)
            let killed = plan |> Plan.setWeightZero chosen |> Plan.setRequantOne chosen

            [ 0 .. chosen.Count - 1 ]
            |> List.forall (fun i ->
                let found = killed.WeightScale.Values[i], killed.Requantization.Values[i]

                if chosen.Values[i] then
                    found = (0.0, Requantization.unit)
                else
                    found = (plan.WeightScale.Values[i], plan.Requantization.Values[i]))
            |> Prop.classify (Channelwise.exists id chosen) "some are made dead"

module QuantFunctional.Tests.RetryTests

open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P10 planning ends within the bound and every retry raises the measure`` (case: LayerCase) =
    SearchProperties.ends case

/// What a retry must change in each entry, from the shifts that the attempt had: an intrinsic shift where it may be
/// raised without a shift below the lowest, else the bits that the worst overflow names.
let private answer (case: LayerCase) (before: BacktrackingParameters) (reason: RetryReason) =
    let stage = Attempts.stage case before

    Attempts.shifts case before
    |> Result.map (fun shifts ->
        let wanted =
            Channelwise.init before.BitsGivenUp (fun i ->
                reason.Overflows
                |> Seq.filter (fun o -> not case.Request.PerChannel || o.Channel = i)
                |> Seq.fold (fun most o -> max most o.Bits) 0)

        let mayFall bits entry =
            before.Precision.OutputType = ScalarType.Int32
            || match shifts.Values[entry] with
               | Some shift -> shift - bits >= stage.ShiftRange.Lowest
               | None -> false

        let mayRaise entry =
            stage.Path = ActivationPath.Int15
            && not before.IntrinsicShiftRaised.Values[entry]
            && mayFall 7 entry

        let entries = [ 0 .. wanted.Count - 1 ]

        let together =
            entries |> List.forall (fun i -> shifts.Values[i].IsNone || mayRaise i)

        let raises entry =
            if stage.Profile.MixedIntrinsicShift then
                wanted.Values[entry] > 0 && mayRaise entry
            else
                together && stage.Path = ActivationPath.Int15

        let gives entry =
            if raises entry then
                0
            else
                min wanted.Values[entry] (8 - before.BitsGivenUp.Values[entry])

        let permitted =
            entries |> List.forall (fun i -> wanted.Values[i] = 0 || raises i || mayFall (gives i) i)

        List.map raises entries, List.map gives entries, permitted)

/// True where a retry changes just what its overflows ask for.
let private check (case: LayerCase) (steps: (BacktrackingParameters * RetryReason * BacktrackingParameters) list) =
    let check (before: BacktrackingParameters, reason: RetryReason, after: BacktrackingParameters) =
        let raised =
            List.ofSeq (Channelwise.map2 (<>) before.IntrinsicShiftRaised after.IntrinsicShiftRaised).Values

        let given =
            List.ofSeq (Channelwise.map2 (-) after.BitsGivenUp before.BitsGivenUp).Values

        let grown =
            List.ofSeq (Channelwise.map2 (>) before.LargestWeight after.LargestWeight).Values

        let overflowing =
            [
                for i in 0 .. grown.Length - 1 ->
                    reason.Overflows |> Seq.exists (fun o -> not case.Request.PerChannel || o.Channel = i)
            ]

        let minimal (o: Overflow) =
            let beyond count =
                abs (Exact.ofFloat o.Value) > abs (Exact.ofFloat o.Limit) * Exact.pow2 count

            match reason.Cause with
            | RetryCause.ShiftAboveRange -> float o.Bits = o.Value - o.Limit
            | _ -> not (beyond o.Bits) && beyond (o.Bits - 1)

        let named =
            match List.contains true raised, List.exists ((<>) 0) given with
            | false, false when List.contains true grown -> Remedy.RaiseWeightStep
            | true, true -> Remedy.RaiseIntrinsicShiftAndGiveUpWeightBits
            | true, false -> Remedy.RaiseIntrinsicShift
            | false, true -> Remedy.GiveUpWeightBits
            | false, false -> Remedy.FallBack

        let expected =
            match reason.Remedy with
            | Remedy.FallBack
            | Remedy.RaiseWeightStep -> Ok(List.map (fun _ -> false) raised, List.map (fun _ -> 0) given, true)
            | _ -> answer case before reason

        (Seq.forall minimal reason.Overflows |> Prop.label "the fewest bits")
        .&. (reason.Remedy = named |> Prop.label $"{reason.Remedy}")
        .&. ((if reason.Remedy = Remedy.RaiseWeightStep then
                  grown = overflowing && reason.Cause = RetryCause.PairOverflow
              else
                  not (List.contains true grown))
             |> Prop.label $"larger steps just where pairs overflow: {grown}")
        .&. (expected = Ok(raised, given, true) |> Prop.label $"{raised} {given}, not {expected}")
        .&. ((reason.Remedy = Remedy.FallBack) = (after.Precision <> before.Precision)
             |> Prop.label "the precision changes by falling back alone")
        .&. ((reason.Remedy <> Remedy.FallBack || isNull after.ReluFallback) |> Prop.label "one falls back once")

    steps
    |> List.fold (fun holds step -> holds .&. check step) (Prop.ofTestable true)
    |> Prop.classify steps.IsEmpty "no retry"

[<Property(MaxTest = 1500)>]
let ``P10 a retry raises the intrinsic shift first, and gives up just the bits that its overflows name`` () =
    let cases = Gen.oneof [ LayerGen.case; LayerGen.tight ]

    Prop.forAll (Arb.fromGenShrink (cases, LayerShrink.smaller)) (fun case ->
        check case (SearchProperties.retries (LayerCase.trace case)))

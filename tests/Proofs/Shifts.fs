namespace QuantFunctional.Proofs

open System
open QuantFunctional
open QuantFunctional.FSharp

/// Every shift with every rounding, on corner values, those next to ties and seeded ones.
[<RequireQualifiedAccess>]
module Shifts =

    /// An operation, how many shifts and values it was tried with, and how often it differed from the definition.
    type Row =
        {
            Operation: string
            Shifts: int
            Values: int64
            Differences: int64
        }

    let private seeded = 4_000

    let private int32s =
        let range = Interval.ofBits 32
        Array.append (Corners.ofRange range) (Seq.toArray (Corners.random 1 20_000 range))

    let private row (name: string) (shifts: int) (trials: bool seq) : Row =
        let mutable values, differences = 0L, 0L

        for equal in trials do
            values <- values + 1L

            if not equal then
                differences <- differences + 1L

        {
            Operation = name
            Shifts = shifts
            Values = values
            Differences = differences
        }

    let private divideByPOT () =
        seq {
            for exponent in 0..31 do
                let ties =
                    [|
                        for odd in -9L..2L..9L do
                            for near in -1L .. 1L -> (odd <<< max 0 (exponent - 1)) + near
                    |]
                    |> Array.filter (fun tie -> Interval.contains tie (Interval.ofBits 32))

                for value in Array.append int32s ties do
                    int64 (FixedPoint.roundingDivideByPOT (int value) exponent) = Definition.tiesAway exponent value
        }
        |> row "RoundingDivideByPOT" 32

    let private highMul () =
        let corners = Corners.ofRange (Interval.ofBits 32)

        seq {
            for a in int32s do
                for b in corners do
                    int64 (FixedPoint.saturatingRoundingDoublingHighMul (int a) (int b)) =
                        min (Definition.tiesUp 31 (a * b)) (int64 Int32.MaxValue)
        }
        |> row "SaturatingRoundingDoublingHighMul" 1

    let private tiesUp () =
        let values = Corners.ofRange (Interval.ofBits 62)

        seq {
            for shift in 0..62 do
                for value in values do
                    let code = FixedPoint.roundingShiftTiesUp (Int128.op_Implicit value) shift
                    code = Int128.op_Implicit (Definition.tiesUp shift value)
        }
        |> row "rounding shift, ties up" 63

    /// The multipliers of an accumulator at each of its shifts: 1, the ends, the middle and three seeded ones.
    let private multipliers (form: MultiplierForm) =
        let bits = form.Width
        let low, high = 1 <<< (bits - 1), int ((1L <<< bits) - 1L)
        let random = Random 2
        let inside = List.init 3 (fun _ -> random.Next(low, high))
        [ low; low + 1; low + (low >>> 1); high - 1; high ] @ inside

    let private pairsOf (profile: BackendProfile) (path: ActivationPath) =
        let accumulator = profile.AccumulatorOf path

        // a certificate accepts exponents of up to 30, though planning does without those above 0
        let normalised =
            match accumulator.Rounding with
            | RequantizationRounding.TwiceGemmlowp -> [ 1 .. accumulator.MultiplierShift.Highest ]
            | _ -> [ accumulator.MultiplierShift.Lowest .. accumulator.MultiplierShift.Highest ]

        let unit = [ accumulator.UnitShift.Lowest .. accumulator.UnitShift.Highest ]

        [|
            for shift in unit -> 1, shift
            for multiplier in multipliers profile.Multiplier do
                for shift in normalised -> multiplier, shift
        |]
        |> Array.map (fun (multiplier, shift) ->
            {
                Target = profile
                Algorithm = path
                Multiplier = multiplier
                Shift = shift
            })

    /// All shifts of a profile's path; a pair of multiplier and shift counts as one difference.
    let private ofPath (profile: BackendProfile) (path: ActivationPath) : Row =
        let trials =
            pairsOf profile path
            |> Array.map (fun pair ->
                let accumulators =
                    [|
                        yield! Corners.ofRange pair.Domain
                        yield! Corners.nearTies 3 64 pair
                        yield! Corners.random 4 seeded pair.Domain
                    |]

                pair.Shift, int64 accumulators.Length, Sweep.differenceOf pair accumulators)

        {
            Operation = $"{profile.Name}, {path.Name}"
            Shifts = trials |> Array.distinctBy (fun (shift, _, _) -> shift) |> Array.length
            Values = trials |> Array.sumBy (fun (_, values, _) -> values)
            Differences = trials |> Seq.filter (fun (_, _, found) -> found.IsSome) |> Seq.length |> int64
        }

    /// Everything there is to try, by name.
    let all () : Row list =
        [
            divideByPOT ()
            highMul ()
            tiesUp ()
            for profile in BackendProfile.named do
                for path in profile.Paths do
                    ofPath profile path
        ]

namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Pairs of products in 16 bits.
[<RequireQualifiedAccess>]
module internal PairProperties =

    /// True of a case whose target adds its products in pairs.
    let private addsPairs (case: LayerCase) =
        let inputs = case.Length / case.Positions
        let depthwise = inputs = 1 && case.Channels = case.Groups

        case.InputType = ScalarType.Int8
        && not depthwise
        && case.Request.Profile.Products <> ProductSums.InFull

    /// The pairs of a channel's values, which are by input channel, then kernel position: the kernel goes through positions
    /// first, and an odd last one is alone.
    let pairs (positions: int) (values: 'T array) : ('T * 'T) list =
        let inputs = values.Length / positions

        [
            for position in 0 .. positions - 1 do
                for input in 0 .. inputs - 1 do
                    values[input * positions + position]
        ]
        |> List.chunkBySize 2
        |> List.choose (fun pair ->
            match pair with
            | [ first; second ] -> Some(first, second)
            | _ -> None)

    /// True where no input of 0 to 255 takes the two products out of 16 bits.
    let isSafe (first: int, second: int) : bool =
        let sum pick = 255 * (pick first 0 + pick second 0)

        sum max <= int Int16.MaxValue && sum min >= int Int16.MinValue

    let private safe (case: LayerCase) (weights: int array) =
        pairs case.Positions weights |> List.forall isSafe

    /// What a real weight is at a Scale.
    let private integer (scale: float) (weight: float32) =
        int (Math.Clamp(Math.Round(float weight * scale, MidpointRounding.ToEven), -127.0, 127.0))

    /// True where no pair is unsafe at a Scale; the pairs come with the heaviest first, which mostly decides.
    let private safeAt (heaviestFirst: (float32 * float32) array) (scale: float) =
        heaviestFirst
        |> Array.forall (fun (first, second) -> isSafe (integer scale first, integer scale second))

    /// The channels that one scale serves.
    let private channelsOf (case: LayerCase) (entry: int) =
        if case.Request.PerChannel then
            [ entry ]
        else
            [ 0 .. case.Channels - 1 ]

    /// The Scales between two at which some weight's integer changes, and one between each and the next.
    let private scalesBetween (low: float) (high: float) (weights: float32 array list) =
        let changes =
            [
                for w in Seq.concat weights do
                    let size = abs (float w)

                    if size > 0.0 then
                        for n in int (Math.Floor(size * low)) .. int (Math.Ceiling(size * high)) do
                            (float n + 0.5) / size
            ]
            |> List.filter (fun scale -> scale > low && scale < high)

        let all = List.sort (low :: high :: changes)
        all @ [ for a, b in List.pairwise all -> a + (b - a) / 2.0 ]

    /// No pair of any planned layer leaves 16 bits for any input.
    let noneOverflows (case: LayerCase) =
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned when not (addsPairs case) ->
            planned.Integers.ProductSums = ProductSums.InFull |> Prop.classify true "in full"
        | Ok planned ->
            [ 0 .. case.Channels - 1 ]
            |> List.forall (fun channel -> safe case (Tiny.weights planned.Integers channel))
            |> Prop.classify (planned.Trace.Retries > 0) "retried"

    /// The same case on a target that adds products in full.
    let private inFull (case: LayerCase) =
        let profile =
            { case.Request.Profile with
                Products = ProductSums.InFull
            }

        PlainCase.on profile case

    let private small = 48

    /// What is safe anyway keeps its step; else no step that is more than one per cent smaller is safe, or bits are given
    /// up where no multiplier follows the step. The output's encoding stays.
    let smallestStep (case: LayerCase) =
        match LayerCase.plan case, LayerCase.plan (inFull case) with
        | Ok planned, Ok anyway when addsPairs case ->
            let bits (plan: QuantizedLayer) entry =
                plan.Trace.Last.Parameters.BitsGivenUp[entry]

            let check entry =
                let channels = channelsOf case entry
                let before, after = anyway.Plan.WeightScale[entry], planned.Plan.WeightScale[entry]

                let wasSafe =
                    channels |> List.forall (fun channel -> safe case (Tiny.weights anyway.Integers channel))

                // bits that the channel would give up for its sums may not be needed any more with the step that its pairs ask for
                let spared = after > before && bits planned entry < bits anyway entry

                if wasSafe then
                    ((after = before || spared) |> Prop.label $"{entry} keeps {before:R}, not {after:R}")
                    |> Prop.classify true "kept"
                elif not planned.Precision.HasMultiplier then
                    (after = before / 2.0 && bits planned entry = bits anyway entry + 1)
                    |> Prop.label $"{entry} gives up one bit of {before:R}: {after:R}"
                    |> Prop.classify true "one bit"
                elif Seq.sumBy (fun channel -> case.Weights[channel].Length) channels > small then
                    after < before |> Prop.label "a larger step" |> Prop.classify true "too large to search"
                else
                    let weights = channels |> List.map (fun channel -> case.Weights[channel])

                    let heaviestFirst =
                        weights
                        |> List.collect (pairs case.Positions)
                        |> List.sortByDescending (fun (first, second) -> abs (float first + float second))
                        |> Array.ofList

                    let found =
                        scalesBetween (after * 1.01) before weights |> List.tryFind (safeAt heaviestFirst)

                    (after < before && found.IsNone)
                    |> Prop.label $"{entry}: {found} is safe, between {after:R} and {before:R}"
                    |> Prop.classify true "raised"

            let output =
                planned.Plan.Output = anyway.Plan.Output
                || anyway.Plan.Output.Type = ScalarType.Int32
                || anyway.Plan.Output.Type <> planned.Plan.Output.Type

            [ 0 .. planned.Plan.WeightScale.Count - 1 ]
            |> List.map check
            |> List.fold (.&.) (output |> Prop.label "the output's encoding")
        | Error refused, Ok _ ->
            match refused.Refusal with
            | Refusal.PairOverflow _ -> true |> Prop.classify true "refused for a pair"
            | other -> addsPairs case |> Prop.label $"{other}" |> Prop.classify true "refused after a larger step"
        | _ -> true |> Prop.classify true "refused or in full"

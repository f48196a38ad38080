namespace QuantFunctional.Proofs

open System
open QuantFunctional
open QuantFunctional.FSharp

/// Inputs that drive a channel to where its error is largest. On the way floats are good enough: what is found is run and
/// measured exactly.
[<RequireQualifiedAccess>]
module Search =

    /// What the path multiplies an input as, and the inputs' lowest bits, which int15 drops.
    [<NoComparison>]
    type private Terms =
        {
            Weights: int array
            Low: int
            High: int
            /// An input of a term.
            Stored: int -> int -> int
            /// What the dropped bits and the zero point add to the real sum.
            Added: int64
            /// How many times its terms the real sum is.
            Times: int64
        }

    let private sumOf (pick: int -> int) (weights: int array) =
        weights |> Array.sumBy (fun w -> int64 (pick w))

    /// The ways to choose the lowest bits: all that make the real sum larger, or smaller. On the other paths there is one.
    let private ways (layer: IntegerLayer) (weights: int array) : Terms list =
        let whole, zero = layer.InputRange, int64 layer.Input.ZeroPoint
        let total = sumOf id weights

        match layer.Path with
        | ActivationPath.Int15 ->
            [
                for odd in [ (fun w -> w > 0); (fun w -> w < 0) ] do
                    {
                        Weights = weights
                        Low = int (whole.Low >>> 1)
                        High = int (whole.High >>> 1)
                        Stored = fun index half -> 2 * half + (if odd weights[index] then 1 else 0)
                        Added = sumOf (fun w -> if odd w then w else 0) weights - zero * total
                        Times = 2L
                    }
            ]
        | _ ->
            [
                {
                    Weights = weights
                    Low = int whole.Low
                    High = int whole.High
                    Stored = fun _ stored -> stored
                    Added = -zero * total
                    Times = 1L
                }
            ]

    /// P + Qb for the sum of the terms.
    let private accumulator (layer: IntegerLayer) (channel: int) (terms: Terms) (sum: int64) : int64 =
        let product =
            if layer.Path = ActivationPath.Int15 then
                if layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
                    sum >>> 7
                else
                    sum
            elif layer.Profile.InputZeroPointInBias layer.Path then
                sum
            else
                sum + terms.Added

        product + layer.Bias[channel]

    /// The error in steps for a sum of the terms; none where the output saturates.
    let private error (planned: QuantizedLayer) (channel: int) (terms: Terms) (sum: int64) : float voption =
        let layer = planned.Integers

        let output =
            Requantize.output layer (Requantize.ofChannel layer channel) (accumulator layer channel terms sum)

        if output <= layer.OutputRange.Low || output >= layer.OutputRange.High then
            ValueNone
        else
            let plan = planned.Plan
            let factor = plan.Output.Scale / (plan.Input.Scale * plan.WeightScale[channel])

            let real =
                float (terms.Times * sum + terms.Added) * factor + planned.RealBias[channel] * plan.Output.Scale

            ValueSome(abs (float (output - int64 layer.Output.ZeroPoint) - real))

    let private tries = 2048

    /// Sums of the terms that lie beside a tie of an output, those at the range's ends among them.
    let private candidates (random: Random) (planned: QuantizedLayer) (channel: int) (terms: Terms) : int64 seq =
        let plan, range = planned.Plan, planned.Integers.OutputRange

        let factor =
            float terms.Times * plan.Output.Scale / (plan.Input.Scale * plan.WeightScale[channel])

        let least = sumOf (fun w -> min (w * terms.Low) (w * terms.High)) terms.Weights
        let most = sumOf (fun w -> max (w * terms.Low) (w * terms.High)) terms.Weights

        let constant =
            planned.RealBias[channel] * plan.Output.Scale
            + float terms.Added * factor / float terms.Times
            + float plan.Output.ZeroPoint

        let at (output: float) =
            int64 (Math.Clamp(Math.Round((output - constant) / factor), float least, float most))

        // the outputs that are in reach, whichever end is the lower
        let ends = [ float least * factor + constant; float most * factor + constant ]

        let low, high =
            max (float range.Low) (List.min ends), min (float range.High) (List.max ends)

        seq {
            for attempt in 0 .. tries - 1 do
                let output =
                    if attempt % 4 = 0 then low + float (attempt / 4 % 64)
                    elif attempt % 4 = 1 then high - float (attempt / 4 % 64)
                    else low + random.NextDouble() * (high - low)

                let tie = at (Math.Floor output + 0.5)

                for near in -2L .. 2L do
                    if tie + near >= least && tie + near <= most then
                        tie + near
        }

    /// Inputs whose terms sum to a target, as near as weights allow: seeded ones, then changed from the largest weight down.
    let private reach (random: Random) (order: int array) (terms: Terms) (target: int64) : int array =
        let halves =
            Array.init order.Length (fun _ -> random.Next(terms.Low, terms.High + 1))

        let mutable rest = target

        for index in 0 .. order.Length - 1 do
            rest <- rest - int64 halves[index] * int64 terms.Weights[index]

        for index in order do
            let weight = int64 terms.Weights[index]

            if weight <> 0L && rest <> 0L then
                let wanted = int64 halves[index] + rest / weight
                let held = Math.Clamp(wanted, int64 terms.Low, int64 terms.High)
                rest <- rest - (held - int64 halves[index]) * weight
                halves[index] <- int held

        Array.mapi terms.Stored halves

    let private kept = 24

    /// The inputs of a channel's largest errors.
    let inputs (random: Random) (planned: QuantizedLayer) (channel: int) (weights: int array) : int array list =
        let order =
            [| 0 .. weights.Length - 1 |] |> Array.sortByDescending (fun index -> abs weights[index])

        [
            for terms in ways planned.Integers weights do
                let worst =
                    candidates random planned channel terms
                    |> Seq.distinct
                    |> Seq.choose (fun sum ->
                        match error planned channel terms sum with
                        | ValueSome error -> Some(struct (error, sum))
                        | ValueNone -> None)
                    |> Seq.sortByDescending (fun (struct (error, _)) -> error)
                    |> Seq.truncate kept

                for struct (_, sum) in worst do
                    reach random order terms sum
        ]

namespace QuantFunctional.FSharp

open System
open System.Runtime.Intrinsics
open QuantFunctional

/// What the weights that share a step are rounded with: k = clamp(rne(w·Scale)) steps, stored as k + Zero.
[<Struct; NoComparison; NoEquality>]
type internal FoundStep =
    {
        /// Steps per real unit; 0 where nothing is left of the weights.
        Scale: float
        /// Real units per step as files hold them; 1 where nothing is left.
        Step: float
        /// The integer that stands for 0.
        Zero: int
    }

/// Finds the step of weights that share one.
[<RequireQualifiedAccess>]
module internal StepSearch =

    /// By what the step is multiplied that clips no weight, in fiftieths. Groups of 32 weights of one spread do best at 0.86 to
    /// 1.16, groups of thousands at 0.66, where the few weights at the ends are clipped; a step above 1 clips nothing, but may
    /// lie better. The step of the rule itself is tried first.
    let factors: float array =
        Array.append [| 50.0 |] [| for fiftieths in 58.0 .. -1.0 .. 33.0 -> fiftieths |]
        |> Array.distinct
        |> Array.map (fun fiftieths -> fiftieths / 50.0)

    /// The smallest and the largest step of a format: float32 with full precision; float16 weights lie as far below what it holds with
    /// full precision as their steps do.
    let private sizes (format: StepFormat) : struct (float * float) =
        match format with
        | StepFormat.Float64 -> struct (Double.Epsilon, Double.MaxValue)
        | StepFormat.Float32 -> struct (Numbers.smallestNormalSingle, Numbers.largestSingle)
        | StepFormat.Float16 -> struct (Numbers.smallestHalf, Numbers.largestHalf)

    let private stored (format: StepFormat) (steps: Vector256<float>) : Vector256<float> =
        match format with
        | StepFormat.Float64 -> steps
        | StepFormat.Float32 -> Vector256.WidenLower(Vector256.Narrow(steps, steps))
        | StepFormat.Float16 ->
            let half at = Numbers.toHalf (steps.GetElement at)
            Vector256.Create(half 0, half 1, half 2, half 3)

    /// Whether the format holds a step.
    let holds (format: StepFormat) (step: float) : bool =
        let struct (smallest, largest) = sizes format

        (stored format (Vector256.Create step)).ToScalar() = step
        && Math.Abs step >= smallest
        && Math.Abs step <= largest

    /// Where no weight is left, the middle stands for 0.
    let private nothing (request: WeightOnlyRequest) : FoundStep =
        {
            Scale = 0.0
            Step = 1.0
            Zero =
                if request.Type.HasZeroPoints then
                    (request.Highest + 1) / 2
                else
                    0
        }

    let private ofScale (request: WeightOnlyRequest) (scale: float) (zero: int) : FoundStep =
        if scale = 0.0 then
            nothing request
        else
            {
                Scale = scale
                Step = Encoding.storedStep request.Steps scale
                Zero = zero
            }

    /// What the integers lie between, less what stands for 0.
    let limits (request: WeightOnlyRequest) (found: FoundStep) : struct (float * float) =
        struct (float (request.Lowest - found.Zero), float (request.Highest - found.Zero))

    /// The factors as four steps are tried at once: each of them for two steps, or four of them for one.
    let private pairs, private fours =
        let vectors (values: float array) =
            [|
                for four in Array.chunkBySize 4 values ->
                    // 0 is no step, so that it is passed over
                    let at index =
                        if index < four.Length then four[index] else 0.0

                    Vector256.Create(at 0, at 1, at 2, at 3)
            |]

        vectors (Array.collect (fun factor -> [| factor; factor |]) factors), vectors factors

    /// Of the found step and all factors of one or two others, the first that has the least error. What the format does not hold is
    /// passed over.
    let private leastOf
        (request: WeightOnlyRequest)
        (weights: ReadOnlySpan<float>)
        (found: FoundStep)
        (one: float)
        (other: float voption)
        : FoundStep =
        let struct (low, high) = limits request found
        let struct (smallest, largest) = sizes request.Steps

        let struct (unclipped, factors) =
            match other with
            | ValueSome other -> struct (Vector256.Create(one, other, one, other), pairs)
            | ValueNone -> struct (Vector256.Create(one: float), fours)

        let mutable best = found
        let mutable least = RoundingError.sum weights found.Scale found.Step low high

        for factor in factors do
            let steps = stored request.Steps (unclipped * factor)
            let scales = Vector256<float>.One / steps
            let size = Vector256.Abs steps

            let isHeld =
                Vector256.GreaterThanOrEqual(size, Vector256.Create(smallest: float))
                &&& Vector256.LessThanOrEqual(size, Vector256.Create(largest: float))

            let errors =
                Vector256.ConditionalSelect(
                    isHeld,
                    RoundingError.sums weights scales steps low high,
                    Vector256.Create Double.PositiveInfinity
                )

            if Vector256.LessThanAny(errors, Vector256.Create(least: float)) then
                for candidate in 0..3 do
                    if errors.GetElement candidate < least then
                        least <- errors.GetElement candidate

                        best <-
                            {
                                Scale = scales.GetElement candidate
                                Step = steps.GetElement candidate
                                Zero = found.Zero
                            }

        best

    let private isSearched (request: WeightOnlyRequest) (found: FoundStep) =
        found.Scale <> 0.0
        && (match request.Rule with
            | StepRule.Searched -> true
            | StepRule.Largest -> false)

    let private withZeroPoint (request: WeightOnlyRequest) (weights: ReadOnlySpan<float>) : FoundStep =
        let mutable low, high = 0.0, 0.0

        for weight in weights do
            low <- Math.Min(low, weight)
            high <- Math.Max(high, weight)

        let levels = float request.Highest
        let scale = WeightScales.ofLevels request.Steps levels (high - low)
        let zero = Math.Clamp(Numbers.roundHalfEven (-low * scale), 0.0, levels)
        let found = ofScale request scale (int zero)

        if isSearched request found then
            leastOf request weights found ((high - low) / levels) ValueNone
        else
            found

    let private symmetric (request: WeightOnlyRequest) (weights: ReadOnlySpan<float>) : FoundStep =
        let mutable largest = 0.0

        for weight in weights do
            if Math.Abs weight > Math.Abs largest then
                largest <- weight

        let found =
            ofScale request (WeightScales.ofLargest request.Steps request.Type.Bits (Math.Abs largest)) 0

        if isSearched request found then
            leastOf request weights found (largest / float request.Lowest) (ValueSome(largest / float request.Highest))
        else
            found

    /// The step of some weights, which are finite.
    let find (request: WeightOnlyRequest) (weights: ReadOnlySpan<float>) : FoundStep =
        if request.Type.HasZeroPoints then
            withZeroPoint request weights
        else
            symmetric request weights

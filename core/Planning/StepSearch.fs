namespace QuantFunctional.FSharp

open System
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

    let private stored (format: StepFormat) (step: float) : float =
        match format with
        | StepFormat.Float64 -> step
        | StepFormat.Float32 -> Numbers.toSingle step
        | StepFormat.Float16 -> Numbers.toHalf step

    /// Whether the format holds a step: float32 with full precision.
    let holds (format: StepFormat) (step: float) : bool =
        match format with
        | StepFormat.Float64 -> step <> 0.0 && Double.IsFinite step
        | StepFormat.Float32 ->
            Numbers.toSingle step = step
            && Math.Abs step >= Numbers.smallestNormalSingle
            && Math.Abs step <= Numbers.largestSingle
        // float16 weights lie as far below what it holds with full precision as their steps do
        | StepFormat.Float16 ->
            Numbers.toHalf step = step
            && Math.Abs step >= Numbers.smallestHalf
            && Math.Abs step <= Numbers.largestHalf

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

    let private errorOf (request: WeightOnlyRequest) (weights: ReadOnlySpan<float>) (found: FoundStep) =
        let struct (low, high) = limits request found
        RoundingError.sum weights found.Scale found.Step low high

    /// Of the found step and all factors of one or two others, the first that has the least error. What the format does not hold is
    /// passed over.
    let private leastOf
        (request: WeightOnlyRequest)
        (weights: ReadOnlySpan<float>)
        (found: FoundStep)
        (one: float)
        (other: float voption)
        : FoundStep =
        let mutable best = found
        let mutable least = errorOf request weights found

        for candidate in 0 .. 2 * factors.Length - 1 do
            let unclipped =
                if candidate % 2 = 0 then
                    one
                else
                    ValueOption.defaultValue 0.0 other

            let step = stored request.Steps (unclipped * factors[candidate / 2])

            if holds request.Steps step then
                let next =
                    {
                        Scale = 1.0 / step
                        Step = step
                        Zero = found.Zero
                    }

                let error = errorOf request weights next

                if error < least then
                    best <- next
                    least <- error

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

namespace QuantFunctional

/// An intermediate value of a layer.
[<RequireQualifiedAccess; NoComparison>]
type Intermediate =
    /// Σ hi·w of the int15 path, before it is shifted.
    | HighHalf
    /// Σ lo·w of the int15 path.
    | LowHalf
    /// P.
    | Product
    /// P + Qb.
    | ProductAndBias
    /// (P + Qb)·2^exponent, where a target shifts left before it multiplies.
    | ShiftedLeft
    /// (P + Qb)·multiplier with the rounding constant.
    | Multiplied
    /// What the requantization gives, with the zero point added, before it is clamped.
    | Requantized

    /// The name as sentences and documents call it.
    member i.Name =
        match i with
        | HighHalf -> "the sum of the high halves"
        | LowHalf -> "the sum of the low halves"
        | Product -> "the product"
        | ProductAndBias -> "product and bias"
        | ShiftedLeft -> "product and bias shifted left"
        | Multiplied -> "the multiplied accumulator"
        | Requantized -> "the requantized value"

    /// What a file of such values is called.
    member i.FileName =
        match i with
        | HighHalf -> "high-halves"
        | LowHalf -> "low-halves"
        | Product -> "products"
        | ProductAndBias -> "accumulators"
        | ShiftedLeft -> "shifted-left"
        | Multiplied -> "multiplied"
        | Requantized -> "requantized"

    override i.ToString() = i.Name

namespace QuantFunctional

/// The factor S from accumulator to output, as a real number and as multiplier·2^−shift (docs/arithmetic.md).
/// The two agree up to the rounding of the multiplier, always.
[<Sealed; NoComparison>]
type Requantization =
    /// S as a real number.
    member Scale: float

    /// The integer multiplier.
    member Multiplier: int

    /// The right shift in bits; a negative one shifts left.
    member Shift: int

namespace QuantFunctional.FSharp

open QuantFunctional

/// Makes and adjusts requantizations.
[<RequireQualifiedAccess>]
module Requantization =
    /// S = 1: multiplier 1, shift 0.
    val unit: Requantization

    /// S = 2^exponent with the multiplier 1.
    val ofPow2: exponent: int -> Requantization

    /// S with a normalised multiplier of the target's form. Refused: a scale that is not a positive normal double.
    val ofScale: form: MultiplierForm -> scale: float -> Result<Requantization, Refusal>

    /// S with the parts that a document holds. Refused: parts that are not S up to the rounding of the multiplier.
    val ofParts: scale: float -> multiplier: int -> shift: int -> Result<Requantization, Refusal>

    /// S = 1 in the given positions: `set_unit_scale`.
    val setUnitScale: positions: Channelwise<bool> -> Channelwise<Requantization> -> Channelwise<Requantization>

    /// The right shift raised by a number of bits, and S divided accordingly; the multiplier stays.
    val adjustShift: bits: int -> Requantization -> Requantization

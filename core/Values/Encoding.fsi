namespace QuantFunctional

/// The whole numbers from Low to High, both included.
[<Struct; NoComparison>]
type Interval = { Low: int64; High: int64 }

/// What a file or a target holds a StepSize in.
[<RequireQualifiedAccess; NoComparison>]
type StepFormat =
    /// Double precision: nothing is rounded.
    | Float64
    /// Single precision: each StepSize is rounded to float32 before the plan is made.
    | Float32
    /// Half precision, of weights alone where activations are float16: each StepSize is rounded to float16 before the plan is
    /// made, and one that this cannot hold is the nearest that it can.
    | Float16

/// How a real number r becomes an integer: clamp(round(r·Scale) + ZeroPoint) (docs/arithmetic.md).
[<Sealed; NoComparison>]
type Encoding =
    /// Steps per real unit.
    member Scale: float

    /// Real units per step, the reciprocal of Scale: what ONNX, TFLite and PyTorch call "scale".
    member StepSize: float

    /// The integer that stands for the real 0.
    member ZeroPoint: int

    /// The type of the integers.
    member Type: ScalarType

namespace QuantFunctional.FSharp

open QuantFunctional

/// Operations on intervals of whole numbers.
[<RequireQualifiedAccess>]
module Interval =
    /// True where the value lies in the interval.
    val contains: value: int64 -> Interval -> bool

    /// The signed integers of so many bits.
    val ofBits: bits: int -> Interval

    /// The interval moved by a number.
    val shift: by: int64 -> Interval -> Interval

/// Quantization ranges and encodings.
[<RequireQualifiedAccess>]
module Encoding =
    /// `get_quantization_range`: asymmetric the whole signed range, symmetric without its lowest value.
    val quantizationRange: asymmetric: bool -> scalar: ScalarType -> Result<Interval, Refusal>

    /// Every value of a signed integer type, refused for any other.
    val wholeRange: scalar: ScalarType -> Result<Interval, Refusal>

    /// The Scale `levels / width` as a file holds it: where steps are float32, it is the StepSize `width / levels` that is
    /// rounded (docs/arithmetic.md, wire-exact). Infinite where that rounds to 0.
    val storedScale: format: StepFormat -> levels: float -> width: float -> float

    /// The StepSize that a file holds for a stored Scale.
    val storedStep: format: StepFormat -> scale: float -> float

    /// An encoding from its StepSize. Refused: a step that float32 does not hold as a normal number, a zero point outside
    /// the type.
    val ofStep: step: float -> zeroPoint: int -> scalar: ScalarType -> Result<Encoding, Refusal>

    /// An encoding whose Scale and StepSize are both given, as a document holds them. Refused: what `ofStep` refuses, and a
    /// Scale that is not the step's reciprocal to a relative 2^−51.
    val ofParts: scale: float -> step: float -> zeroPoint: int -> scalar: ScalarType -> Result<Encoding, Refusal>

    /// The encoding that covers a range and 0 (docs/arithmetic.md, output encoding). A range of 0 alone has the Scale 1.
    val ofRange:
        format: StepFormat ->
        asymmetric: bool ->
        scalar: ScalarType ->
        low: float ->
        high: float ->
            Result<Encoding, Refusal>

    /// The Scale multiplied by 2^exponent; the zero point stays (docs/arithmetic.md).
    val scalePow2: exponent: int -> Encoding -> Encoding

    /// The encoding with its StepSize raised by so many 2^−15 of it, as a file holds the result; the zero point stays. Another
    /// step is what makes joins agree (docs/arithmetic.md, between the layers).
    val raised: format: StepFormat -> raise: int -> Encoding -> Encoding

    /// The encoding in another type, with the zero point 0; the Scale stays.
    val symmetric: scalar: ScalarType -> Encoding -> Encoding

    /// The encoding with its StepSize rounded to what a file holds.
    val stored: format: StepFormat -> Encoding -> Encoding

    /// The integer that stands for a real number: clamp(rne(r·Scale) + ZeroPoint) over the whole type.
    val quantize: encoding: Encoding -> real: float -> int

    /// True where the StepSize is a normal float32, as `ofStep` asks.
    val isStorable: Encoding -> bool

namespace QuantFunctional

/// A type that tensors are stored in.
[<RequireQualifiedAccess; NoComparison>]
type ScalarType =
    | Int4
    | Int8
    | Int16
    | Int32
    | UInt4
    | UInt8
    | UInt16
    | BFloat16
    | Float32

    /// The type's name as file formats spell it.
    member t.Name =
        match t with
        | Int4 -> "int4"
        | Int8 -> "int8"
        | Int16 -> "int16"
        | Int32 -> "int32"
        | UInt4 -> "uint4"
        | UInt8 -> "uint8"
        | UInt16 -> "uint16"
        | BFloat16 -> "bfloat16"
        | Float32 -> "float32"

    override t.ToString() = t.Name

/// How the output of a layer is computed and stored: the table of docs/arithmetic.md.
[<RequireQualifiedAccess; NoComparison>]
type Precision =
    /// 8-bit output, requantized by a shift alone; the fraction of the factor is folded into the weights.
    | SimaInt8
    /// 8-bit output, requantized by an integer multiplier and a shift.
    | TfliteInt8
    /// 8-bit output in TFLite's form with the multiplier 1.
    | RestrictedTfliteInt8
    /// 16-bit output, requantized by a shift alone.
    | SimaInt16
    /// 16-bit output, requantized by an integer multiplier and a shift.
    | TfliteInt16
    /// 16-bit output in TFLite's form with the multiplier 1.
    | RestrictedTfliteInt16
    /// 32-bit symmetric output, requantized by a shift alone.
    | SimaInt32

    /// True where the multiplier may be other than 1.
    member p.HasMultiplier =
        match p with
        | TfliteInt8
        | TfliteInt16 -> true
        | _ -> false

    /// True where the output's zero point is added after the requantization, not carried in the bias.
    member p.HasZpCorrection = p.HasMultiplier

    /// True where the fraction of the factor is folded into the weights and only a shift is left.
    member p.IsArithFolded =
        match p with
        | SimaInt8
        | SimaInt16
        | SimaInt32 -> true
        | _ -> false

    /// True where the requantization has TFLite's form.
    member p.IsTflite = not p.IsArithFolded

    /// The type of the output.
    member p.OutputType =
        match p with
        | SimaInt8
        | TfliteInt8
        | RestrictedTfliteInt8 -> ScalarType.Int8
        | SimaInt16
        | TfliteInt16
        | RestrictedTfliteInt16 -> ScalarType.Int16
        | SimaInt32 -> ScalarType.Int32

    /// The name as the command line spells it: `tflite-int8`.
    member p.Name =
        match p with
        | SimaInt8 -> "sima-int8"
        | TfliteInt8 -> "tflite-int8"
        | RestrictedTfliteInt8 -> "restricted-tflite-int8"
        | SimaInt16 -> "sima-int16"
        | TfliteInt16 -> "tflite-int16"
        | RestrictedTfliteInt16 -> "restricted-tflite-int16"
        | SimaInt32 -> "sima-int32"

    override p.ToString() = p.Name

/// The algorithm that multiplies activations by weights (docs/arithmetic.md).
[<RequireQualifiedAccess; NoComparison>]
type ActivationPath =
    /// 8-bit activations.
    | Int8
    /// 16-bit activations on 8-bit multipliers, in two halves.
    | Int15
    /// 16-bit activations, multiplied whole.
    | Int16

    /// The name as documents spell it: `int8`, `int15`, `int16`.
    member p.Name =
        match p with
        | Int8 -> "int8"
        | Int15 -> "int15"
        | Int16 -> "int16"

    override p.ToString() = p.Name

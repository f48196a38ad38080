namespace QuantFunctional.FSharp

open System.Numerics
open QuantFunctional

/// A value on the way from the accumulator to the output, and the bits of the signed integer that must hold it.
[<NoComparison>]
type internal RequantizationStep =
    {
        Intermediate: Intermediate
        Bits: int
        /// The value before its rounding constant is added, where it has one; the integer must hold that, too.
        Bare: bigint
        Value: bigint
    }

    member private s.Limit = 1I <<< (s.Bits - 1)

    /// True where the integer holds the value, and what it was before its rounding constant.
    member s.Holds = s.Bare >= -s.Limit && s.Value < s.Limit

    /// What the integer does not hold, where it does not.
    member s.Farthest = if s.Value >= s.Limit then s.Value else s.Bare

/// What each target computes between the accumulator and the output (docs/arithmetic.md, targets), without any limit:
/// which limits there are stands beside each value. A float32 has no such step.
[<RequireQualifiedAccess>]
module internal RequantizationSteps =

    let private step intermediate bits (bare: bigint) (value: bigint) =
        {
            Intermediate = intermediate
            Bits = bits
            Bare = bare
            Value = value
        }

    let private plain intermediate bits value = step intermediate bits value value

    // more than any of these integers has, so that what is shifted farther is not held either
    let private enough = 512

    let private shiftLeft (bits: int) (x: bigint) = x <<< min bits enough

    /// One product, one rounding shift.
    let private once (resultBits: int) (offset: bigint) (factor: int) (right: int) (sum: bigint) =
        let product = sum * bigint factor

        let rounded =
            if right > 0 then
                product + shiftLeft (right - 1) 1I
            else
                product

        let result =
            if right > 0 then
                rounded >>> right
            else
                shiftLeft -right product

        [
            step Intermediate.Multiplied 64 product rounded
            plain Intermediate.Requantized resultBits (result + offset)
        ]

    /// gemmlowp: a left shift, the high half of a doubled product, a rounding shift, all in int32.
    let private twice (offset: bigint) (multiplier: int) (exponent: int) (sum: bigint) =
        let shifted = shiftLeft (max exponent 0) sum

        let inInt32 =
            int (BigInteger.Min(BigInteger.Max(shifted, bigint System.Int32.MinValue), bigint System.Int32.MaxValue))

        let high = FixedPoint.saturatingRoundingDoublingHighMul inInt32 multiplier
        let result = FixedPoint.roundingDivideByPOT high (min 31 (max -exponent 0))

        [
            plain Intermediate.ShiftedLeft 32 shifted
            plain Intermediate.Requantized 32 (bigint result + offset)
        ]

    /// The steps from an accumulator of a channel, in the order in which they come about. Each grows with the accumulator.
    let ofAccumulator (layer: IntegerLayer) (channel: int) (sum: bigint) : RequantizationStep list =
        let multiplier, shift = layer.Multiplier[channel], layer.Shift[channel]
        let struct (normalised, exponent) = Requantize.tfliteForm multiplier shift
        let offset = bigint layer.OutputOffset

        match layer.Rounding with
        | RequantizationRounding.SingleTiesToEven -> []
        | RequantizationRounding.OnceTiesUp ->
            // TFLite's kernels go on in int32
            once (if layer.Profile.IsTflite then 32 else 64) offset multiplier shift sum
        | RequantizationRounding.OnceTiesUpReduced16 ->
            once 32 offset (FixedPoint.reducedMultiplier normalised) (15 - exponent) sum
        | RequantizationRounding.TwiceGemmlowp -> twice offset normalised exponent sum

    /// The values of the steps from an accumulator of which every step is held, in the same order.
    let values (q: RequantizationConstants) (offset: int) (sum: int64) : int64 array =
        let multiplied (factor: int) (right: int) =
            sum * int64 factor + (if right > 0 then 1L <<< (right - 1) else 0L)

        let requantized = Requantize.rounded q sum + int64 offset

        match q.Rounding with
        | RequantizationRounding.SingleTiesToEven -> [||]
        | RequantizationRounding.OnceTiesUp -> [| multiplied q.Multiplier q.Shift; requantized |]
        | RequantizationRounding.OnceTiesUpReduced16 ->
            [|
                multiplied (FixedPoint.reducedMultiplier q.Normalised) (15 - q.Exponent)
                requantized
            |]
        | RequantizationRounding.TwiceGemmlowp -> [| sum <<< max q.Exponent 0; requantized |]

    let private isHeld (layer: IntegerLayer) (channel: int) (sum: int64) =
        ofAccumulator layer channel (bigint sum) |> List.forall _.Holds

    /// Accumulators of which every step is held: all of them, or those from one side of 0 to the other, since the steps grow
    /// with the accumulator. Where there is an overflow, it lies outside.
    let held (layer: IntegerLayer) (channel: int) : Interval =
        let rec farthest (inside: int64) (outside: int64) =
            if abs (outside - inside) <= 1L then
                inside
            else
                let middle = inside + (outside - inside) / 2L

                if isHeld layer channel middle then
                    farthest middle outside
                else
                    farthest inside middle

        let whole = Interval.ofBits layer.Accumulator.Bits
        let isHeld = isHeld layer channel

        if not (isHeld 0L) then
            { Low = 0L; High = -1L }
        else
            {
                Low =
                    if isHeld whole.Low then
                        whole.Low
                    else
                        farthest 0L whole.Low
                High =
                    if isHeld whole.High then
                        whole.High
                    else
                        farthest 0L whole.High
            }

namespace QuantFunctional.Proofs

open System
open System.Numerics
open Microsoft.FSharp.Core.Operators.Checked
open QuantFunctional

/// What each target makes of an accumulator, as SPEC section 1 words it (for ONNX Runtime: ORT.md section 3). None of the
/// core's arithmetic is called, and no float is touched. Products of 32 by 31 and of 48 by 15 bits stay below 2^62, so 64
/// bits hold every number here exactly; sums and products are checked, so that one that did not fit would throw.
[<RequireQualifiedAccess>]
module Definition =

    /// ⌊x / 2^bits⌋. No whole number here reaches 2^62, so beyond 62 bits only the sign is left.
    let inline floorOver (bits: int) (x: int64) : int64 = x >>> min bits 62

    /// x / 2^bits to the nearest whole number, ties up: the floor, and one more where the bit below it is set.
    let inline tiesUp (bits: int) (x: int64) : int64 =
        if bits = 0 then
            x
        else
            floorOver bits x + (floorOver (bits - 1) x &&& 1L)

    /// x / 2^bits to the nearest whole number, ties away from zero: by size, whatever the sign.
    let inline tiesAway (bits: int) (x: int64) : int64 =
        if x < 0L then -(tiesUp bits -x) else tiesUp bits x

    /// x / 2^bits to the nearest whole number, ties to the even one.
    let inline tiesToEven (bits: int) (x: int64) : int64 =
        let upper = tiesUp bits x
        let isTie = bits > 0 && x = ((2L * upper - 1L) <<< (bits - 1))
        if isTie then upper - (upper &&& 1L) else upper

    /// A multiplier in [2^30, 2^31) and its exponent, as TFLite's files hold multiplier·2^−shift.
    let rec tfliteForm (multiplier: int) (shift: int) : struct (int * int) =
        if multiplier < (1 <<< 30) then
            tfliteForm (2 * multiplier) (shift + 1)
        else
            struct (multiplier, 31 - shift)

    /// The accumulators that a target takes: 32 bits, or 48 on the 64-bit rule; fewer where the accumulator is shifted left
    /// before it is multiplied, for then the shifted one has the 32 bits.
    let domain (rounding: RequantizationRounding) (multiplier: int) (shift: int) : Interval =
        match rounding with
        | RequantizationRounding.OnceTiesUpReduced16 -> FSharp.Interval.ofBits 48
        | RequantizationRounding.TwiceGemmlowp ->
            let struct (_, exponent) = tfliteForm multiplier shift
            FSharp.Interval.ofBits (32 - max 0 exponent)
        | _ -> FSharp.Interval.ofBits 32

    /// One rounding of the exact product.
    let onceTiesUp (multiplier: int) (shift: int) (accumulator: int64) : int64 =
        tiesUp shift (accumulator * int64 multiplier)

    /// The high half of the doubled product, rounded and saturated; then a rounding shift, ties away from zero. Doubled and
    /// cut at 32 bits is cut at 31.
    let twiceGemmlowp (multiplier: int) (exponent: int) (accumulator: int64) : int64 =
        let shifted = accumulator * (1L <<< max 0 exponent)
        let high = tiesUp 31 (shifted * int64 multiplier)
        tiesAway (max 0 -exponent) (Math.Clamp(high, int64 Int32.MinValue, int64 Int32.MaxValue))

    /// The upper 16 bits of the multiplier, rounded and held at 2^15 − 1; then one rounding.
    let onceTiesUpReduced16 (multiplier: int) (exponent: int) (accumulator: int64) : int64 =
        let upper = min (tiesUp 16 (int64 multiplier)) 0x7FFFL
        tiesUp (15 - exponent) (accumulator * upper)

    /// How many bits a whole number has beyond the 24 of a float32.
    let inline private beyond24 (x: int64) : int =
        max 0 (40 - BitOperations.LeadingZeroCount(uint64 (abs x)))

    /// x·2^bits, held at ±2^62, which is beyond every output.
    let private shiftedLeft (bits: int) (x: int64) : int64 =
        let limit = 1L <<< 62

        if bits >= 62 || abs x > (limit >>> bits) then
            limit * int64 (sign x)
        else
            x * (1L <<< bits)

    /// float32(accumulator) times the float32 factor multiplier·2^−shift, in float32, then to the nearest whole number, ties to
    /// even. A factor of a target is a normal float32, so the mantissa of 24 bits is all of it.
    let singleTiesToEven (multiplier: int) (shift: int) (accumulator: int64) : int64 =
        let dropped = beyond24 accumulator
        let exact = tiesToEven dropped accumulator * int64 multiplier
        let further = beyond24 exact
        let product = tiesToEven further exact
        let right = shift - dropped - further

        if right > 0 then
            tiesToEven right product
        else
            shiftedLeft -right product

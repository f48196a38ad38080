namespace QuantFunctional

[<Struct; NoComparison>]
type Interval =
    {
        Low: int64
        High: int64
    }

    override i.ToString() = $"{i.Low}..{i.High}"

[<RequireQualifiedAccess; NoComparison>]
type StepFormat =
    | Float64
    | Float32
    | Float16

[<NoComparison>]
type Encoding =
    {
        scale: float
        step: float // kept beside the Scale: the reciprocal of a reciprocal is not always the float32 that a file holds
        zeroPoint: int
        scalar: ScalarType
    }

    member e.Scale = e.scale
    member e.StepSize = e.step
    member e.ZeroPoint = e.zeroPoint
    member e.Type = e.scalar

    override e.ToString() =
        $"{e.scalar.Name}, step size {FSharp.RealText.ofDouble e.step}, zero point {e.zeroPoint}"

namespace QuantFunctional.FSharp

open System
open QuantFunctional

[<RequireQualifiedAccess>]
module Interval =
    let contains (value: int64) (interval: Interval) : bool =
        value >= interval.Low && value <= interval.High

    let ofBits (bits: int) : Interval =
        {
            Low = -(1L <<< (bits - 1))
            High = (1L <<< (bits - 1)) - 1L
        }

    let shift (by: int64) (interval: Interval) : Interval =
        {
            Low = interval.Low + by
            High = interval.High + by
        }

[<RequireQualifiedAccess>]
module Encoding =
    let wholeRange (scalar: ScalarType) : Result<Interval, Refusal> =
        match scalar with
        | ScalarType.Int4 -> Ok(Interval.ofBits 4)
        | ScalarType.Int8 -> Ok(Interval.ofBits 8)
        | ScalarType.Int16 -> Ok(Interval.ofBits 16)
        | ScalarType.Int32 -> Ok(Interval.ofBits 32)
        | other -> Error(Refusal.NotASignedInteger other)

    let quantizationRange (asymmetric: bool) (scalar: ScalarType) : Result<Interval, Refusal> =
        wholeRange scalar
        |> Result.map (fun whole ->
            if asymmetric then
                whole
            else
                { whole with Low = whole.Low + 1L })

    let private half (step: float) =
        Math.Clamp(Numbers.toHalf step, Numbers.smallestHalf, Numbers.largestHalf)

    let storedStep (format: StepFormat) (scale: float) : float =
        match format with
        | StepFormat.Float64 -> 1.0 / scale
        | StepFormat.Float32 -> Numbers.toSingle (1.0 / scale)
        | StepFormat.Float16 -> half (1.0 / scale)

    let storedScale (format: StepFormat) (levels: float) (width: float) : float =
        match format with
        | StepFormat.Float64 -> levels / width
        | StepFormat.Float32 -> 1.0 / Numbers.toSingle (width / levels)
        | StepFormat.Float16 -> 1.0 / half (width / levels)

    let private stepInRange (step: float) =
        step >= Numbers.smallestNormalSingle && step <= Numbers.largestSingle

    let private refuseStep (what: string) (step: float) =
        Error(Refusal.ScaleOutOfRange(what, RealText.ofDouble step))

    let ofStep (step: float) (zeroPoint: int) (scalar: ScalarType) : Result<Encoding, Refusal> =
        wholeRange scalar
        |> Result.bind (fun whole ->
            if not (stepInRange step) then
                refuseStep "an encoding" step
            elif not (Interval.contains (int64 zeroPoint) whole) then
                Error(Refusal.ZeroPointOutOfRange(zeroPoint, scalar))
            else
                Ok
                    {
                        scale = 1.0 / step
                        step = step
                        zeroPoint = zeroPoint
                        scalar = scalar
                    })

    let ofParts (scale: float) (step: float) (zeroPoint: int) (scalar: ScalarType) : Result<Encoding, Refusal> =
        ofStep step zeroPoint scalar
        |> Result.bind (fun encoding ->
            if abs (scale * step - 1.0) <= Math.ScaleB(1.0, -51) then
                Ok { encoding with scale = scale }
            else
                refuseStep "an encoding whose scale is not its reciprocal" step)

    let ofRange
        (format: StepFormat)
        (asymmetric: bool)
        (scalar: ScalarType)
        (low: float)
        (high: float)
        : Result<Encoding, Refusal> =
        quantizationRange asymmetric scalar
        |> Result.bind (fun range ->
            let low, high = min low 0.0, max high 0.0
            let qmin, qmax = float range.Low, float range.High

            let wished =
                if low = 0.0 && high = 0.0 then
                    1.0
                elif asymmetric then
                    storedScale format (qmax - qmin) (high - low)
                else
                    storedScale format qmax (max -low high)

            let scale = min wished (1.0 / Numbers.smallestNormalSingle)
            let step = storedStep format scale

            if not (stepInRange step) then
                refuseStep "the output" step
            else
                let zeroPoint =
                    if asymmetric then
                        Math.Clamp(Numbers.roundHalfEven (qmin - low * scale), qmin, qmax)
                    else
                        0.0

                Ok
                    {
                        scale = scale
                        step = step
                        zeroPoint = int zeroPoint
                        scalar = scalar
                    })

    let scalePow2 (exponent: int) (encoding: Encoding) : Encoding =
        { encoding with
            scale = Numbers.scalePow2 exponent encoding.scale
            step = Numbers.scalePow2 -exponent encoding.step
        }

    let symmetric (scalar: ScalarType) (encoding: Encoding) : Encoding =
        { encoding with
            zeroPoint = 0
            scalar = scalar
        }

    let stored (format: StepFormat) (encoding: Encoding) : Encoding =
        let withStep step =
            { encoding with
                scale = 1.0 / step
                step = step
            }

        match format with
        | StepFormat.Float64 -> encoding
        | StepFormat.Float32 -> withStep (max (Numbers.toSingle encoding.step) Numbers.smallestNormalSingle)
        | StepFormat.Float16 -> withStep (half encoding.step)

    let raised (format: StepFormat) (raise: int) (encoding: Encoding) : Encoding =
        if raise = 0 then
            encoding
        else
            let step = encoding.step * (1.0 + Math.ScaleB(float raise, -15))

            stored
                format
                { encoding with
                    scale = 1.0 / step
                    step = step
                }

    let quantize (encoding: Encoding) (real: float) : int =
        let whole =
            match wholeRange encoding.scalar with
            | Ok range -> range
            | Error _ -> Interval.ofBits 32 // no encoding of such a type can be made

        let steps = Numbers.roundHalfEven (real * encoding.scale) + float encoding.zeroPoint
        int (Math.Clamp(steps, float whole.Low, float whole.High))

    let isStorable (encoding: Encoding) : bool = stepInRange encoding.step

namespace QuantFunctional.FSharp

#nowarn "3535"

open System
open QuantFunctional

/// The arithmetic from a sum of int32 to the output, where it can be run in vectors.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type internal RequantizerKind =
    /// A factor in float32.
    | Single of Factors: float32 array
    /// One product in 64 bits, one rounding shift.
    | Once of Multipliers: int array * Right: int array
    /// gemmlowp: a left shift in int32, the high half of a doubled product, a rounding shift.
    | Twice of Multipliers: int array * Left: int array * Right: int array

/// A layer's requantization made ready, one entry for each output channel.
[<NoComparison; NoEquality>]
type internal Requantizer =
    {
        Kind: RequantizerKind
        /// The right shift of the sum before the bias is added.
        Before: int array
        Bias: int array
        /// The limits before the output's zero point is added.
        Low: int
        High: int
        Offset: int
    }

[<RequireQualifiedAccess>]
module internal Requantizer =

    let private inInt32 (value: int64) =
        value >= int64 Int32.MinValue && value <= int64 Int32.MaxValue

    // a float32 holds every integer up to here
    let private exactInSingle (value: int64) = abs value <= (1L <<< 24)

    /// The right shift of a channel's sum before the bias is added.
    let shiftBefore (layer: IntegerLayer) (channel: int) : int =
        if layer.Path = ActivationPath.Int15 && layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
            IntrinsicShift.Hi - IntrinsicShift.Lo
        else
            0

    let private kindOf (layer: IntegerLayer) (low: int64) (high: int64) : RequantizerKind voption =
        let channels = layer.Shape.Channels
        let perChannel make = Array.init channels make

        let tfliteForm channel =
            Requantize.tfliteForm layer.Multiplier[channel] layer.Shift[channel]

        let multiplier channel =
            let struct (multiplier, _) = tfliteForm channel
            multiplier

        let exponent channel =
            let struct (_, exponent) = tfliteForm channel
            exponent

        let whenAll (fits: int -> bool) kind =
            if
                Seq.forall (fun channel -> layer.Multiplier[channel] >= 1 && fits channel) (seq { 0 .. channels - 1 })
            then
                ValueSome kind
            else
                ValueNone

        match layer.Rounding with
        | RequantizationRounding.SingleTiesToEven ->
            let factors =
                perChannel (fun channel ->
                    float32 (Math.ScaleB(float layer.Multiplier[channel], -layer.Shift[channel])))

            RequantizerKind.Single factors
            |> whenAll (fun channel -> Single.IsFinite factors[channel] && exactInSingle low && exactInSingle high)
        | RequantizationRounding.OnceTiesUp ->
            let right = perChannel (fun channel -> layer.Shift[channel])

            RequantizerKind.Once(perChannel (fun channel -> layer.Multiplier[channel]), right)
            |> whenAll (fun channel -> right[channel] >= 0 && right[channel] <= 62)
        | RequantizationRounding.OnceTiesUpReduced16 ->
            let right = perChannel (fun channel -> 15 - exponent channel)

            RequantizerKind.Once(perChannel (multiplier >> FixedPoint.reducedMultiplier), right)
            |> whenAll (fun channel -> right[channel] >= 0 && right[channel] <= 62)
        | RequantizationRounding.TwiceGemmlowp ->
            RequantizerKind.Twice(
                perChannel multiplier,
                perChannel (exponent >> max 0),
                perChannel (exponent >> (~-) >> max 0)
            )
            |> whenAll (fun channel -> abs (exponent channel) <= 31)

    /// The requantization of a layer whose biases are int32; none where its constants are beyond what vectors run.
    let ofLayer (layer: IntegerLayer) : Requantizer voption =
        let offset = int64 layer.OutputOffset
        let low, high = layer.OutputRange.Low - offset, layer.OutputRange.High - offset

        if low > high || not (inInt32 low && inInt32 high) then
            ValueNone
        else
            kindOf layer low high
            |> ValueOption.map (fun kind ->
                {
                    Kind = kind
                    Before = Array.init layer.Shape.Channels (shiftBefore layer)
                    Bias = Array.init layer.Shape.Channels (fun channel -> int layer.Bias[channel])
                    Low = int low
                    High = int high
                    Offset = int offset
                })

    /// x / 2^right, ties away from zero (gemmlowp's RoundingDivideByPOT).
    let inline private divided<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct> (x: 'V) (right: int) : 'V =
        let mask = (1 <<< right) - 1
        let remainder = 'L.And(x, 'L.Fill mask)
        let threshold = 'L.Subtract('L.Fill(mask >>> 1), 'L.ShiftRight(x, 31)) // one more below 0
        'L.Subtract('L.ShiftRight(x, right), 'L.ShiftRight('L.Subtract(threshold, remainder), 31))

    /// Turns so many sums of one channel into outputs, in place. The count is a multiple of the vector's.
    let run<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (requantizer: Requantizer, channel: int, sums: byref<int>, count: int)
        : unit =
        let before, bias, offset =
            requantizer.Before[channel], 'L.Fill requantizer.Bias[channel], 'L.Fill requantizer.Offset

        let low, high = requantizer.Low, requantizer.High
        let step = nativeint 'L.Count
        let last = nativeint count - step
        let mutable at = 0n

        match requantizer.Kind with
        | RequantizerKind.Single factors ->
            let factor, low, high = factors[channel], float32 low, float32 high

            while at <= last do
                let sum = 'L.Add('L.ShiftRight('L.Load(&sums, at), before), bias)
                'L.Save('L.Add('L.Single(sum, factor, low, high), offset), &sums, at)
                at <- at + step
        | RequantizerKind.Once(multipliers, shifts) ->
            let multiplier, right = multipliers[channel], shifts[channel]
            let nudge = (1L <<< right) >>> 1

            while at <= last do
                let sum = 'L.Add('L.ShiftRight('L.Load(&sums, at), before), bias)
                'L.Save('L.Add('L.Scaled(sum, multiplier, nudge, right, low, high), offset), &sums, at)
                at <- at + step
        | RequantizerKind.Twice(multipliers, lefts, rights) ->
            let multiplier, left, right = multipliers[channel], lefts[channel], rights[channel]

            while at <= last do
                let sum = 'L.Add('L.ShiftRight('L.Load(&sums, at), before), bias)
                let sum = 'L.ShiftLeft(sum, left)

                // gemmlowp cuts towards zero what it nudged by the sign: for a positive multiplier that is ties up
                let high' =
                    'L.Scaled(sum, multiplier, 1L <<< 30, 31, Int32.MinValue, Int32.MaxValue)

                let value = 'L.Clamp(divided<'L, 'V> high' right, low, high)
                'L.Save('L.Add(value, offset), &sums, at)
                at <- at + step

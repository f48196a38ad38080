namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// What there is to know of a layer's integer weights.
[<NoComparison; NoEquality>]
type internal KnownWeights =
    {
        /// The sums by sign, from which all bounds follow.
        Sums: IntegerWeights
        /// max|Qw| of each output channel.
        Largest: int array
    }

[<RequireQualifiedAccess>]
module internal KnownWeights =

    /// In one reading of the weights, in the order of memory.
    let ofLayer (layer: IntegerLayer) : KnownWeights =
        let shape = layer.Shape
        let length = shape.RunLength
        let positive = Array.zeroCreate<int64> shape.Channels
        let negative = Array.zeroCreate<int64> shape.Channels
        let largest = Array.zeroCreate<int> shape.Channels

        for run in 0 .. layer.Weights.Length / length - 1 do
            let first = shape.RunChannel run

            for i in 0 .. length - 1 do
                let channel = if shape.IsInterleaved then first + i else first
                let value = int layer.Weights[run * length + i]
                largest[channel] <- max largest[channel] (abs value)

                if value > 0 then
                    positive[channel] <- positive[channel] + int64 value
                else
                    negative[channel] <- negative[channel] + int64 value

        {
            Sums =
                {
                    Values = layer.Weights
                    PositiveSums = ImmutableArray.Create<int64> positive
                    NegativeSums = ImmutableArray.Create<int64> negative
                }
            Largest = largest
        }

/// How far each constant and intermediate of an output channel is from what the target holds, for any input.
[<RequireQualifiedAccess>]
module internal HeadRooms =

    let private room (channel: int) (what: string) (limits: Interval) (interval: Interval) : HeadRoom =
        {
            What = what
            Channel = channel
            Low = interval.Low
            High = interval.High
            LimitLow = limits.Low
            LimitHigh = limits.High
            BitsFree = Bits.free limits interval
        }

    let private one (value: int64) : Interval = { Low = value; High = value }

    let private shift (range: ShiftRange) (channel: int) (shift: int) : HeadRoom =
        {
            What = "shift"
            Channel = channel
            Low = int64 shift
            High = int64 shift
            LimitLow = int64 range.Lowest
            LimitHigh = int64 range.Highest
            BitsFree = min (shift - range.Lowest) (range.Highest - shift)
        }

    /// Product, bias and their sum, all in the accumulator.
    let ofAccumulator (layer: IntegerLayer) (reach: Interval) (channel: int) : HeadRoom list =
        let accumulator = Interval.ofBits layer.Accumulator.Bits
        let bias = layer.Bias[channel]

        [
            room channel "product P" accumulator reach
            room channel "bias Qb" accumulator (one bias)
            room channel "sum P + Qb" accumulator (Interval.shift bias reach)
        ]

    /// The shift, where the channel is alive: a dead one has none to choose.
    let ofShift (layer: QuantizedLayer) (channel: int) : HeadRoom list =
        if layer.Plan.IsDead channel then
            []
        else
            let integers = layer.Integers
            let range = integers.Profile.ShiftRange(integers.Path, layer.Precision)
            [ shift range channel integers.Shift[channel] ]

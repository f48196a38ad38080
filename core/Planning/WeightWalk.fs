namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// Goes through the weights of a tensor.
[<RequireQualifiedAccess>]
module internal WeightWalk =

    /// Each weight of some channels once, roughly in the order of memory: its value, its index, its channel counted from the first
    /// of these, and its place in the channel's logical order.
    let inline forEach
        (shape: WeightShape)
        (first: int)
        (count: int)
        (values: ReadOnlySpan<'T>)
        ([<InlineIfLambda>] visit: 'T -> int -> int -> int -> unit)
        : unit =
        let inputs, positions = shape.Inputs, shape.Positions
        // an index is a channel's first one and so many strides
        let firsts = Array.init count (fun channel -> shape.Index(first + channel, 0, 0))
        let inputStride, positionStride = shape.Index(0, 1, 0), shape.Index(0, 0, 1)

        if shape.IsInterleaved then
            for input in 0 .. inputs - 1 do
                for position in 0 .. positions - 1 do
                    let inside = input * inputStride + position * positionStride

                    for channel in 0 .. count - 1 do
                        let index = firsts[channel] + inside
                        visit values[index] index channel (input * positions + position)
        else
            for channel in 0 .. count - 1 do
                for input in 0 .. inputs - 1 do
                    for position in 0 .. positions - 1 do
                        let index = firsts[channel] + input * inputStride + position * positionStride
                        visit values[index] index channel (input * positions + position)

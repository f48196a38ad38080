namespace QuantFunctional.FSharp

open System
open System.Threading.Tasks
open QuantFunctional

/// Where the weights of a channel lie.
[<Struct; NoComparison; NoEquality>]
type internal WeightPlaces =
    private
        {
            Shape: WeightShape
            /// From a weight to the next one of its channel in logical order; 0 where that is not the same everywhere.
            Stride: int
        }

/// Takes weights of a channel in their logical order out of a tensor, and puts integers there.
[<RequireQualifiedAccess>]
module internal WeightPlaces =

    let ofShape (shape: WeightShape) : WeightPlaces =
        let inputStride, positionStride = shape.Index(0, 1, 0), shape.Index(0, 0, 1)

        {
            Shape = shape
            Stride =
                if shape.Positions = 1 then
                    inputStride
                elif inputStride = shape.Positions * positionStride then
                    positionStride
                else
                    0
        }

    /// Where a weight of a channel lies.
    let indexOf (places: WeightPlaces) (channel: int) (weight: int) =
        let shape = places.Shape
        shape.Index(channel, weight / shape.Positions, weight % shape.Positions)

    /// From the index of a weight of a channel to that of the one after it.
    let next (places: WeightPlaces) (channel: int) (weight: int) (index: int) =
        if places.Stride > 0 then
            index + places.Stride
        else
            indexOf places channel (weight + 1)

    /// The weights of a channel from some place of its logical order on.
    let gather
        (places: WeightPlaces)
        (channel: int)
        (first: int)
        (weights: ReadOnlySpan<float32>)
        (values: Span<float>)
        : unit =
        let mutable index = indexOf places channel first

        for at in 0 .. values.Length - 1 do
            values[at] <- float weights[index]
            index <- next places channel (first + at) index

    /// Puts integers there.
    let scatter
        (places: WeightPlaces)
        (channel: int)
        (first: int)
        (values: ReadOnlySpan<float>)
        (integers: sbyte array)
        : unit =
        let mutable index = indexOf places channel first

        for at in 0 .. values.Length - 1 do
            integers[index] <- sbyte values[at]
            index <- next places channel (first + at) index

    /// So many channels are gone through together: where they lie beside each other, a line of memory has their weights.
    let private together = 16

    /// Hands on the channels in tiles, on several threads, each with room for `size` weights: what is done with a tile must be its own, so
    /// that threads change nothing.
    let forTiles (shape: WeightShape) (size: int) (work: float array -> int array -> unit) : unit =
        Parallel.For(
            0,
            (shape.Channels - 1) / together + 1,
            (fun () -> Array.zeroCreate<float>(min size shape.WeightsPerChannel)),
            (fun number (_: ParallelLoopState) values ->
                let first = number * together
                work values [| first .. min (first + together) shape.Channels - 1 |]
                values),
            ignore
        )
        |> ignore

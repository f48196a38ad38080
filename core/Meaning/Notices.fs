namespace QuantFunctional

/// What is worth knowing of a layer; none of it makes a certificate fail.
[<RequireQualifiedAccess; NoComparison>]
type Notice =
    /// Some input drives channels beyond an end of the output's type, where they saturate. Told of the channel that goes
    /// farthest, with the value that it would have and the end; an end that is the stored 0 is a ReLU's and is meant to
    /// cut, and so is a clamp inside the type.
    | Saturation of Channel: int * Value: bigint * Limit: int64 * Channels: int
    /// An accumulator of fewer bits would do: how many the products need (with the halves that they are made of), the
    /// biases, and both together. The largest of the three is enough for any order of summation.
    | NarrowAccumulator of Product: int * Bias: int * ProductAndBias: int * Bits: int

    /// How many bits an accumulator needs at least.
    static member NeededBits(product: int, bias: int, productAndBias: int) = max product (max bias productAndBias)

    /// The notice as a sentence.
    member n.Message =
        let others (channels: int) =
            match channels - 1 with
            | 0 -> ""
            | 1 -> "; another channel does so too"
            | more -> $"; {more} other channels do so too"

        match n with
        | Saturation(channel, value, limit, channels) ->
            let end' = if value > bigint limit then "highest" else "lowest"
            $"channel {channel}: some input gives {value}, cut to {limit}, the {end'} output{others channels}"
        | NarrowAccumulator(product, bias, productAndBias, bits) ->
            let needed = Notice.NeededBits(product, bias, productAndBias)

            $"an accumulator of {needed} bits would do instead of {bits}: the products need {product}, the biases {bias}, "
            + $"their sums {productAndBias}"

    override n.ToString() = n.Message

namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// Finds what is worth knowing of a layer, from its exact worst cases.
[<RequireQualifiedAccess>]
module Notices =

    let private find (intermediate: Intermediate) (bounds: Bound list) =
        bounds |> List.tryFind (fun bound -> bound.Intermediate = intermediate)

    /// The smallest and the largest output of a channel if nothing cut it. Every requantization is monotone, so the ends
    /// of P + Qb give them.
    let private uncut (layer: IntegerLayer) (bounds: Bound list) : struct (bigint * bigint) =
        let sum =
            List.find (fun bound -> bound.Intermediate = Intermediate.ProductAndBias) bounds

        let single (x: bigint) =
            let factor = (Requantize.ofChannel layer sum.Channel).Factor
            let product = float32 (int x) * factor

            let rounded =
                MathF.Round(Math.Clamp(product, Single.MinValue, Single.MaxValue), MidpointRounding.ToEven)

            bigint rounded + bigint layer.OutputOffset

        match find Intermediate.Requantized bounds with
        | Some found -> struct (found.Smallest, found.Largest)
        | None -> struct (single sum.Smallest, single sum.Largest)

    let private saturations (layer: IntegerLayer) (byChannel: Bound list array) =
        let whole =
            match Encoding.wholeRange layer.Output.Type with
            | Ok range -> range
            | Error _ -> Interval.ofBits 32

        let ends =
            byChannel |> Array.map (fun bounds -> struct (bounds.Head.Channel, uncut layer bounds))

        let at (limit: int64) (clamp: int64) (beyond: struct (bigint * bigint) -> bigint) (value: _ -> bigint) =
            let cut =
                if clamp = limit && limit <> int64 layer.Output.ZeroPoint then
                    ends |> Array.filter (fun struct (_, range) -> (beyond range).Sign > 0)
                else
                    [||]

            match cut with
            | [||] -> []
            | _ ->
                let struct (channel, range) =
                    cut |> Array.maxBy (fun struct (_, range) -> beyond range)

                [ Notice.Saturation(channel, value range, limit, cut.Length) ]

        let lowest (struct (low: bigint, _: bigint)) = low
        let highest (struct (_: bigint, high: bigint)) = high

        at whole.Low layer.OutputRange.Low (fun range -> bigint whole.Low - lowest range) lowest
        @ at whole.High layer.OutputRange.High (fun range -> highest range - bigint whole.High) highest

    /// The bits of the narrowest signed integer that holds both.
    let private bitsOf (low: bigint) (high: bigint) =
        1 + int (max (low.GetBitLength()) (high.GetBitLength()))

    let private narrow (layer: IntegerLayer) (byChannel: Bound list array) =
        let needed (intermediates: Intermediate list) =
            byChannel
            |> Seq.concat
            |> Seq.filter (fun bound -> List.contains bound.Intermediate intermediates)
            |> Seq.map (fun bound -> bitsOf bound.Smallest bound.Largest)
            |> Seq.max

        let product =
            needed [ Intermediate.HighHalf; Intermediate.LowHalf; Intermediate.Product ]

        let bias = bitsOf (bigint (Seq.min layer.Bias)) (bigint (Seq.max layer.Bias))
        let sum = needed [ Intermediate.ProductAndBias ]

        if Notice.NeededBits(product, bias, sum) < layer.Accumulator.Bits then
            [ Notice.NarrowAccumulator(product, bias, sum, layer.Accumulator.Bits) ]
        else
            []

    /// The notices of a layer, from the bounds of its channels. A layer that overflows has no output to tell of.
    let ofLayer (layer: IntegerLayer) (byChannel: Bound list array) : Notice list =
        let safe =
            byChannel
            |> Array.forall (fun bounds -> not bounds.IsEmpty && List.forall (fun (bound: Bound) -> bound.Holds) bounds)

        if safe then
            saturations layer byChannel @ narrow layer byChannel
        else
            []

namespace QuantFunctional

open System.Collections.Immutable

/// Two weights of one output channel whose products 16 bits do not hold together.
[<NoComparison>]
type PairSum =
    {
        Channel: int
        /// The places of the two weights among those of the channel, in the logical order.
        First: int
        Second: int
        FirstWeight: sbyte
        SecondWeight: sbyte
        /// How many weights the channel has.
        Weights: int
    }

    /// The sum of both products at the largest input, which is 255 where the machine multiplies and 127 as stored.
    member p.Value = 255 * (int p.FirstWeight + int p.SecondWeight)

    /// The last sum that 16 bits hold on that side; beyond it the sum saturates.
    member p.Limit =
        if p.Value > 0 then
            int System.Int16.MaxValue
        else
            int System.Int16.MinValue

    /// An input that makes it happen: one stored value for each weight of the channel, in the logical order.
    member p.Witness: ImmutableArray<int> =
        let stored index =
            if index = p.First || index = p.Second then 127 else -128

        ImmutableArray.CreateRange(Seq.init p.Weights stored)

    /// The sum as a sentence.
    member p.Message =
        $"channel {p.Channel}: the weights {p.FirstWeight} at {p.First} and {p.SecondWeight} at {p.Second} times 255 make "
        + $"{p.Value}, which 16 bits cut to {p.Limit} on x86 without VNNI"

namespace QuantFunctional.FSharp

open QuantFunctional

/// The 16-bit pairwise multiply-add of x86 without VNNI: `vpmaddubsw` multiplies unsigned inputs by signed weights and adds
/// two neighbouring products in 16 bits, with saturation. Stored inputs −128..127 are 0..255 there.
[<RequireQualifiedAccess>]
module PairSums =

    /// The pair of a channel's weights that goes farthest beyond 16 bits, if one does. Any two weights count: which are
    /// neighbours is the kernel's affair (it packs the weights, and groups and kernel shapes change how), so that a channel
    /// without such a pair is safe in every order. Weights of at most 64 never make one: 2·64·255 = 32640.
    let ofChannel (layer: IntegerLayer) (channel: int) : PairSum voption =
        let shape = layer.Shape

        let weights =
            [|
                for input in 0 .. shape.Inputs - 1 do
                    for position in 0 .. shape.Positions - 1 do
                        layer.Weights[shape.Index(channel, input, position)]
            |]

        // the two of the largest size on one side of 0; the first ones where several are alike
        let largest (sign: int) =
            let mutable first, second = -1, -1

            for at in 0 .. weights.Length - 1 do
                let size place =
                    if place < 0 then 0 else sign * int weights[place]

                if size at > size first then
                    second <- first
                    first <- at
                elif size at > size second then
                    second <- at

            struct (first, second)

        let pair (struct (first, second)) =
            if second < 0 then
                ValueNone
            else
                let found =
                    {
                        Channel = channel
                        First = min first second
                        Second = max first second
                        FirstWeight = weights[min first second]
                        SecondWeight = weights[max first second]
                        Weights = weights.Length
                    }

                if abs found.Value > abs found.Limit then
                    ValueSome found
                else
                    ValueNone

        match pair (largest 1), pair (largest -1) with
        | ValueSome above, ValueSome below when abs below.Value > above.Value -> ValueSome below
        | ValueSome above, _ -> ValueSome above
        | ValueNone, below -> below

    /// The worst pair of every channel that has one. Only 8-bit inputs are multiplied that way.
    let ofLayer (layer: IntegerLayer) : PairSum list =
        match layer.Path with
        | ActivationPath.Int8 ->
            [
                for channel in 0 .. layer.Shape.Channels - 1 do
                    match ofChannel layer channel with
                    | ValueSome pair -> pair
                    | ValueNone -> ()
            ]
        | ActivationPath.Int15
        | ActivationPath.Int16 -> []

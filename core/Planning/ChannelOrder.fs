namespace QuantFunctional

open System.Collections.Immutable

/// A layer of one group that reads channels whose order is free.
[<NoComparison; NoEquality>]
type OrderedReader =
    {
        /// Its weights.
        Weights: WeightView
        /// For each of the channels: the inputs of the layer that it is, as many for each.
        Inputs: ImmutableArray<ImmutableArray<int>>
        /// Whether every output channel has a Scale of its own.
        PerChannel: bool
    }

    override r.ToString() =
        $"{r.Weights}, {r.Inputs.Length} channels"

/// An order of channels, and what it is worth.
[<NoComparison>]
type ChannelOrder =
    {
        /// For each place the channel that comes to stand there.
        Order: ImmutableArray<int>
        /// By how much pairs of products raise the squares of the weights' steps, the mean of the layers, as the channels stand.
        Before: float
        /// The same in this order.
        After: float
    }

    override o.ToString() =
        $"{FSharp.ShortText.list o.Order}: {FSharp.RealText.ofDouble o.Before} → {FSharp.RealText.ofDouble o.After}"

namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// Looks for an order of channels in which the layers that read them lose least where products are added in pairs of 16 bits.
///
/// Which weights are neighbours in a pair is decided by the order of the inputs alone, and the model computes the same in any
/// order. Two heavy weights of one sign ask for a larger step of their output channel; beside light ones each is free.
[<RequireQualifiedAccess>]
module ChannelOrder =

    /// How many swaps are tried at least, and how many for each channel.
    let private fewest, private perChannel = 6000, 64

    /// How much work the swaps of one search may be; fewer are tried where one is much.
    let private mostWork = 1 <<< 28

    /// A generator of numbers that are the same everywhere (Vigna's splitmix64).
    let private next (state: byref<uint64>) (below: int) : int =
        state <- state + 0x9E3779B97F4A7C15UL
        let z = (state ^^^ (state >>> 30)) * 0xBF58476D1CE4E5B9UL
        let z = (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        int (((z ^^^ (z >>> 31)) >>> 33) % uint64 below)

    /// What share of a cost above the least that there can be a swap may add at first, so that the search leaves valleys; less and
    /// less until nothing may.
    let private tolerated = 0.1

    /// How many output channels are looked at for one whose heaviest pair is worth parting.
    let private looks = 4

    /// The best of the orders that a fixed search finds; the one that is where none is better.
    let search (readers: OrderedReader seq) : ChannelOrder =
        let readers = Seq.toArray readers

        let tables =
            readers |> Array.map (fun reader -> PairTable(reader.Weights, reader.PerChannel))

        let count = readers[0].Inputs.Length
        let order = Array.init count id

        let channelOf =
            readers
            |> Array.map (fun reader ->
                let channels = Array.create reader.Weights.Shape.Inputs -1

                reader.Inputs
                |> Seq.iteri (fun channel inputs ->
                    for input in inputs do
                        channels[input] <- channel)

                channels)

        let total () = tables |> Array.sumBy _.Cost
        let before = total ()

        let work =
            Array.fold2
                (fun sum (table: PairTable) (reader: OrderedReader) -> sum + table.Work * reader.Inputs[0].Length)
                0
                tables
                readers

        let trials =
            if before = float tables.Length || count < 3 then
                0
            else
                max fewest (perChannel * count) |> min (mostWork / max work 1)

        let mutable state = 0UL

        /// A channel of a pair that is too heavy, or any where the look ends elsewhere.
        let heavy () =
            let at = next &state tables.Length
            let table = tables[at]
            let mutable channel = next &state table.Channels

            for _ in 2..looks do
                let other = next &state table.Channels

                if table.Excess other > table.Excess channel then
                    channel <- other

            let struct (first, second) = table.Heaviest channel
            let found = channelOf[at][if next &state 2 = 0 then first else second]
            if found < 0 then next &state count else found

        let mutable least = before
        let best = Array.copy order

        for trial in 1..trials do
            let first = if trial % 2 = 0 then heavy () else next &state count
            let second = (first + 1 + next &state (count - 1)) % count

            let swaps =
                readers
                |> Array.map (fun reader ->
                    Seq.map2 (fun a b -> struct (a, b)) reader.Inputs[first] reader.Inputs[second] |> Seq.toArray)

            let costs =
                Array.map2 (fun (table: PairTable) swaps -> table.Try swaps) tables swaps

            let left = float (trials - trial) / float trials

            let keep =
                Array.sum costs < total () + tolerated * left * left * (total () - float tables.Length)

            for i in 0 .. tables.Length - 1 do
                tables[i].End(keep, costs[i], swaps[i])

            if keep then
                let channel = order[first]
                order[first] <- order[second]
                order[second] <- channel

                if total () < least then
                    least <- total ()
                    System.Array.Copy(order, best, count)

        {
            Order = ImmutableArray.CreateRange best
            Before = before / float tables.Length
            After = least / float tables.Length
        }

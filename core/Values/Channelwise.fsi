namespace QuantFunctional

open System.Collections.Generic

/// One value for the whole tensor, or one for each output channel. Compares by content; as a list it holds `Values`.
[<Sealed; NoComparison>]
type Channelwise<'T when 'T: equality> =
    interface IReadOnlyList<'T>

    /// True where each output channel has a value of its own.
    member IsPerChannel: bool

    /// How many values there are: 1 per tensor, else the number of output channels.
    member Count: int

    /// The value that holds for an output channel: per tensor always the same one.
    member Item: channel: int -> 'T with get

    /// The values in channel order: one per tensor.
    member Values: IReadOnlyList<'T>

namespace QuantFunctional.FSharp

open QuantFunctional

/// Operations on values per tensor or per channel.
[<RequireQualifiedAccess>]
module Channelwise =
    /// One value for the whole tensor.
    val perTensor: value: 'T -> Channelwise<'T> when 'T: equality

    /// One value for each output channel, in channel order.
    val perChannel: values: seq<'T> -> Channelwise<'T> when 'T: equality

    /// The same value everywhere, with as many entries as the shape given.
    val replicate: shape: Channelwise<'S> -> value: 'T -> Channelwise<'T> when 'S: equality and 'T: equality

    /// As many entries as the shape given, each made from its position.
    val init: shape: Channelwise<'S> -> make: (int -> 'T) -> Channelwise<'T> when 'S: equality and 'T: equality

    /// Each value changed by itself.
    val map: change: ('T -> 'U) -> Channelwise<'T> -> Channelwise<'U> when 'T: equality and 'U: equality

    /// Two values of the same granularity combined entry by entry.
    val map2:
        combine: ('A -> 'B -> 'C) -> Channelwise<'A> -> Channelwise<'B> -> Channelwise<'C>
            when 'A: equality and 'B: equality and 'C: equality

    /// The entries for which the question is answered with yes.
    val positions: question: ('T -> bool) -> Channelwise<'T> -> int array when 'T: equality

    /// True where some entry answers the question with yes.
    val exists: question: ('T -> bool) -> Channelwise<'T> -> bool when 'T: equality

    /// The sum of one integer for each entry.
    val sumBy: count: ('T -> int) -> Channelwise<'T> -> int when 'T: equality

    /// For each entry the largest of what its output channels ask for; a tensor's only entry answers for all of them.
    val ofChannels: shape: Channelwise<'S> -> asked: 'T array -> Channelwise<'T> when 'S: equality and 'T: comparison

    /// All values, or the first error in channel order.
    val sequence: source: Channelwise<Result<'T, 'E>> -> Result<Channelwise<'T>, 'E> when 'T: equality and 'E: equality

namespace QuantFunctional

open System
open System.Collections.Generic

[<NoComparison>]
type Channelwise<'T when 'T: equality> =
    {
        perChannel: bool
        values: 'T array
    }

    member c.IsPerChannel = c.perChannel
    member c.Count = c.values.Length

    member c.Item
        with get (channel: int) = if c.perChannel then c.values[channel] else c.values[0]

    member c.Values: IReadOnlyList<'T> = Array.AsReadOnly c.values

    override c.ToString() =
        if c.perChannel then
            FSharp.ShortText.list c.values
        else
            FSharp.ShortText.value c.values[0]

    interface IReadOnlyList<'T> with
        member c.Count = c.values.Length

        member c.Item
            with get index = c.values[index]

        member c.GetEnumerator() : IEnumerator<'T> = c.Values.GetEnumerator()
        member c.GetEnumerator() : System.Collections.IEnumerator = c.values.GetEnumerator()

namespace QuantFunctional.FSharp

open QuantFunctional

[<RequireQualifiedAccess>]
module Channelwise =
    let perTensor (value: 'T) : Channelwise<'T> =
        {
            perChannel = false
            values = [| value |]
        }

    let perChannel (values: seq<'T>) : Channelwise<'T> =
        {
            perChannel = true
            values = Seq.toArray values
        }

    let init (shape: Channelwise<'S>) (make: int -> 'T) : Channelwise<'T> =
        {
            perChannel = shape.perChannel
            values = Array.init shape.values.Length make
        }

    let replicate (shape: Channelwise<'S>) (value: 'T) : Channelwise<'T> = init shape (fun _ -> value)

    let map (change: 'T -> 'U) (source: Channelwise<'T>) : Channelwise<'U> =
        {
            perChannel = source.perChannel
            values = Array.map change source.values
        }

    let map2 (combine: 'A -> 'B -> 'C) (first: Channelwise<'A>) (second: Channelwise<'B>) : Channelwise<'C> =
        {
            perChannel = first.perChannel
            values = Array.map2 combine first.values second.values
        }

    let positions (question: 'T -> bool) (source: Channelwise<'T>) : int array =
        [|
            for i in 0 .. source.values.Length - 1 do
                if question source.values[i] then
                    i
        |]

    let exists (question: 'T -> bool) (source: Channelwise<'T>) : bool = Array.exists question source.values

    let sumBy (count: 'T -> int) (source: Channelwise<'T>) : int = Array.sumBy count source.values

    let ofChannels (shape: Channelwise<'S>) (asked: 'T array) : Channelwise<'T> =
        if shape.perChannel then
            perChannel asked
        else
            perTensor (Array.max asked)

    let sequence (source: Channelwise<Result<'T, 'E>>) : Result<Channelwise<'T>, 'E> =
        let values = Array.zeroCreate source.values.Length
        let mutable error = ValueNone
        let mutable i = 0

        while error.IsNone && i < values.Length do
            match source.values[i] with
            | Ok value -> values[i] <- value
            | Error first -> error <- ValueSome first

            i <- i + 1

        match error with
        | ValueSome error -> Error error
        | ValueNone ->
            Ok
                {
                    perChannel = source.perChannel
                    values = values
                }

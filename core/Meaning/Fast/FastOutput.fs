namespace QuantFunctional.FSharp

#nowarn "3535"

open System
open System.Buffers

/// Where outputs go: bytes where all of them fit, else int32.
[<NoComparison; NoEquality>]
type internal FastOutput =
    {
        Bytes: sbyte array
        Wholes: int array
    }

[<RequireQualifiedAccess>]
module internal FastOutput =

    let ofBytes (values: sbyte array) : FastOutput = { Bytes = values; Wholes = [||] }

    let ofWholes (values: int array) : FastOutput = { Bytes = [||]; Wholes = values }

    /// A used one of at least so many values, which is given back.
    let rent (asBytes: bool) (count: int) : FastOutput =
        if asBytes then
            ofBytes (ArrayPool.Shared.Rent count)
        else
            ofWholes (ArrayPool.Shared.Rent count)

    let giveBack (output: FastOutput) : unit =
        ArrayPool.Shared.Return output.Bytes
        ArrayPool.Shared.Return output.Wholes

    let isBytes (output: FastOutput) : bool = output.Bytes.Length > 0

    /// Writes so many values; the count is a multiple of the vector's.
    let save<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (output: FastOutput, at: int, values: byref<int>, count: int)
        : unit =
        let step = nativeint 'L.Count
        let mutable from = 0n

        if isBytes output then
            let target = &output.Bytes[at]

            while from < nativeint count do
                'L.SaveBytes('L.Load(&values, from), &target, from)
                from <- from + step
        else
            let target = &output.Wholes[at]

            while from < nativeint count do
                'L.Save('L.Load(&values, from), &target, from)
                from <- from + step

    let copy (source: FastOutput, from: int, target: FastOutput, into: int, count: int) : unit =
        if isBytes source then
            ReadOnlySpan(source.Bytes, from, count).CopyTo(Span(target.Bytes, into, count))
        else
            ReadOnlySpan(source.Wholes, from, count).CopyTo(Span(target.Wholes, into, count))

namespace QuantFunctional.FSharp

open System

/// What values look like in a debugger or a log: short lines.
[<RequireQualifiedAccess>]
module internal ShortText =

    let private shown = 8

    let private one (value: 'T) : string =
        match box value with
        | :? float as real -> RealText.ofDouble real
        | :? float32 as real -> RealText.ofSingle real
        | other -> string other

    /// The values in brackets: the first few, and how many there are.
    let list (values: 'T seq) : string =
        let all = Seq.toArray values
        let first = all |> Seq.truncate shown |> Seq.map one |> String.concat ", "

        if all.Length > shown then
            $"[{first}, … {all.Length} in all]"
        else
            $"[{first}]"

    /// Sizes of axes: 1x3x28x28.
    let sizes (values: int seq) : string = String.Join('x', values)

    /// A count and its noun.
    let counted (count: int) (noun: string) : string =
        if count = 1 then $"1 {noun}" else $"{count} {noun}s"

    let value (value: 'T) : string = one value

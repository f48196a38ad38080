namespace QuantFunctional.FSharp

open System.Collections.Generic

// whoever opens QuantFunctional.FSharp has the values that its functions take and give
[<assembly: AutoOpen("QuantFunctional")>]
do ()

/// `result { }`: the first error ends the computation.
[<AutoOpen>]
module ResultBuilder =
    /// What `result { }` is made of: any error type, one in each computation.
    type ResultBuilder() =
        member inline _.Bind(source: Result<'T, 'E>, [<InlineIfLambda>] next: 'T -> Result<'U, 'E>) =
            match source with
            | Ok value -> next value
            | Error error -> Error error

        member inline _.Return(value: 'T) : Result<'T, 'E> = Ok value
        member inline _.ReturnFrom(source: Result<'T, 'E>) = source
        member inline _.Zero() : Result<unit, 'E> = Ok()

        member inline _.Combine(first: Result<unit, 'E>, [<InlineIfLambda>] next: unit -> Result<'T, 'E>) =
            match first with
            | Ok() -> next ()
            | Error error -> Error error

        member _.For(source: 'T seq, body: 'T -> Result<unit, 'E>) : Result<unit, 'E> =
            use values = source.GetEnumerator()

            let rec go () =
                if values.MoveNext() then
                    match body values.Current with
                    | Ok() -> go ()
                    | error -> error
                else
                    Ok()

            go ()

        member inline _.Delay([<InlineIfLambda>] work: unit -> Result<'T, 'E>) = work
        member inline _.Run([<InlineIfLambda>] work: unit -> Result<'T, 'E>) = work ()

    /// Computations that end with their first error.
    let result = ResultBuilder()

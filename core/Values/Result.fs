namespace QuantFunctional.FSharp

/// `result { }`: the first refusal ends the computation.
[<AutoOpen>]
module internal ResultBuilder =
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

        member inline _.Delay([<InlineIfLambda>] work: unit -> Result<'T, 'E>) = work
        member inline _.Run([<InlineIfLambda>] work: unit -> Result<'T, 'E>) = work ()

    let result = ResultBuilder()

namespace QuantFunctional.FSharp

/// `result { }`: the first refusal ends the computation.
[<AutoOpen>]
module internal ResultBuilder =
    type ResultBuilder() =
        member _.Bind(source: Result<'T, 'E>, next: 'T -> Result<'U, 'E>) = Result.bind next source
        member _.Return(value: 'T) : Result<'T, 'E> = Ok value
        member _.ReturnFrom(source: Result<'T, 'E>) = source
        member _.Zero() : Result<unit, 'E> = Ok()

        member _.Combine(first: Result<unit, 'E>, next: unit -> Result<'T, 'E>) = Result.bind next first

        member _.Delay(work: unit -> Result<'T, 'E>) = work
        member _.Run(work: unit -> Result<'T, 'E>) = work ()

    let result = ResultBuilder()

/// How a complaint of a name that there is not ends.
module QuantFunctional.Cli.Meant

open QuantFunctional

/// A question after the name that was probably meant, where one is near enough.
let question (known: string seq) (wanted: string) : string =
    match NearestNames.Meant(known, wanted) with
    | null -> "."
    | name -> $"; did you mean {name}?"

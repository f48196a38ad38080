/// What a shell is told of the verbs.
module QuantFunctional.Cli.CompletionWords

open QuantFunctional.Cli.Verbs

/// The names that the argument of a verb may be; none where it is a file.
let argument (verb: Verb) : string list =
    if verb.Name = "help" then
        all () |> List.map _.Name
    else
        NamedValues.ofOption verb.Name ""

/// What stands in the place of a verb.
let first () : string list =
    (all () |> List.map _.Name) @ [ "--help"; "--version" ]

/// The names that the value of an option may be; none where it is a file, a number or a text.
let values (verb: Verb) (option: VerbOption) : string list =
    NamedValues.ofOption verb.Name option.Long

let joined (words: string list) : string = String.concat " " words

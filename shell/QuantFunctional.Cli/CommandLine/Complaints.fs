/// What is wrong with a command line before it is read, and what was probably meant.
module QuantFunctional.Cli.Complaints

open System
open QuantFunctional
open QuantFunctional.Cli.Verbs

/// What a word that is no verb may be.
let ofVerb (word: string) : string =
    let isOption = word.StartsWith '-'
    let kind = if isOption then "option" else "verb"
    let names = all () |> List.map _.Name

    if not isOption && word.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) then
        $"a verb stands first, not the file '{word}'; did you mean inspect {word}?"
    else
        let options = [ "--version"; "--help" ]
        let known = if isOption then options @ names else names @ options
        $"unknown {kind} '{word}'{Meant.question known word}"

/// True of a value such as -6,9 or -.5, which begins like an option.
let private isNegativeNumber (argument: string) : bool =
    argument.Length > 1 && argument[0] = '-' && (Char.IsAsciiDigit argument[1] || argument[1] = '.')

/// A dash that an editor made of two hyphens.
let private isTypographic (argument: string) : bool =
    argument.Length > 1 && (argument[0] = '–' || argument[0] = '—')

let private ofOption (verb: Verb) (option: string) : string =
    let others =
        all () |> List.filter (fun other -> List.contains option other.Names) |> List.map _.Name

    let longs = "--help" :: (verb.Options |> List.map _.Long)
    let word = option.TrimStart('-', '–', '—')

    match NearestNames.Meant(longs, word), others with
    | null, [] -> $"unknown option '{option}'."
    | null, others ->
        let whose = String.concat ", " others
        $"unknown option '{option}' of {verb.Name}; it is one of {whose}."
    | name, _ -> $"unknown option '{option}'; did you mean {name}?"

/// What is wrong with an argument, if anything. Argu takes a misspelt option for a positional argument, and the
/// fault, where it sees one, is then another argument's.
let private complaint (verb: Verb) (previous: string, argument: string) : string option =
    match argument.Split('=', 2) with
    | [| "" |] -> Some "an argument is empty."
    | parts when isTypographic argument -> Some(ofOption verb parts[0])
    | _ when not (argument.StartsWith '-') || argument = "-" -> None
    | _ when isNegativeNumber argument && List.contains previous verb.Names -> None
    | parts when not (List.contains parts[0] verb.Names) -> Some(ofOption verb parts[0])
    | [| option; "" |] -> Some $"option '{option}' has no value."
    | _ -> None

/// The first complaint of a verb's arguments.
let ofArguments (verb: Verb) (arguments: string list) : string option =
    List.pairwise (verb.Name :: arguments) |> List.tryPick (complaint verb)

/// Folders of ONNX Runtime GenAI where a verb takes a model.
module QuantFunctional.Cli.GenAiFolders

open System.IO
open QuantFunctional.Cli.Verbs
open QuantFunctional.Onnx

/// The verbs that read a model and write none: a folder stands for its decoder. What makes a folder of one knows them itself.
let private verbs = [ "inspect"; "compare"; "verify"; "execute" ]

let private namesModel (option: VerbOption) : bool = List.contains "model" option.Fields

let private decoder (path: string) : string =
    if Directory.Exists path then
        GenAiFolder.DecoderOf path
    else
        path

/// A verb's arguments, in which the decoder that a folder names stands for the folder.
let expand (verb: Verb) (arguments: string list) : string list =
    /// The option whose value an argument is.
    let optionOf (previous: string) =
        verb.Options
        |> List.tryFind (fun option -> option.TakesValue && List.contains previous option.Names)

    let expanded (previous: string, argument: string) =
        match argument.Split('=', 2), optionOf previous with
        | _, Some option -> if namesModel option then decoder argument else argument
        | [| name; value |], None when optionOf name |> Option.exists namesModel -> $"{name}={decoder value}"
        | _, None when argument.StartsWith '-' -> argument
        | _, None -> decoder argument

    if List.contains verb.Name verbs then
        List.pairwise (verb.Name :: arguments) |> List.map expanded
    else
        arguments

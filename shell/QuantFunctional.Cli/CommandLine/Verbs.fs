/// The verbs and their options, as Argu knows them.
module QuantFunctional.Cli.Verbs

open System
open Argu

/// An option of a verb, or an argument of it that has no name.
[<NoComparison>]
type VerbOption =
    {
        /// Such as --output and -o; none of an argument without a name.
        Names: string list
        /// What its values are called in the help.
        Fields: string list
        /// What its values are, in .NET.
        Types: Type list
        IsRepeated: bool
        Text: string
    }

    /// The long name, with its dashes.
    member option.Long =
        option.Names |> List.tryFind _.StartsWith("--", StringComparison.Ordinal) |> Option.defaultValue ""

    member option.TakesValue = not option.Fields.IsEmpty

    /// Whether it takes several values in a row.
    member option.TakesList =
        match option.Types with
        | [ only ] -> only.IsGenericType && only.GetGenericTypeDefinition() = typedefof<_ list>
        | _ -> false

    /// Whether its value is a file or folder.
    member option.IsPath =
        option.Fields
        |> List.exists (fun field -> List.contains field [ "file"; "folder"; "data"; "model"; "plan" ])

    /// What it does, without default and example.
    member option.Purpose =
        let sentences = option.Text.Split([| ". "; ": "; "; " |], StringSplitOptions.None)
        sentences[0].TrimEnd '.'

[<NoComparison>]
type Verb =
    {
        Name: string
        Text: string
        Options: VerbOption list
        /// The arguments without a name.
        Arguments: VerbOption list
    }

    /// Every name of every option, with the help's.
    member verb.Names = [ "--help"; "-h" ] @ List.collect _.Names verb.Options

// made only when it is needed, for it takes as long as all else that `--version` does
let private made =
    lazy
        ArgumentParser.Create<Argument>(
            programName = "quantfn",
            errorHandler = ExceptionExiter(),
            usageStringCharacterWidth = Option.defaultValue 100 Terminal.width,
            checkStructure = false
        )

let parser () : ArgumentParser<Argument> = made.Value

let private option (case: ArgumentCaseInfo) : VerbOption =
    let fields = case.UnionCaseInfo.GetFields() |> List.ofArray

    {
        Names = case.CommandLineNames.Value
        Fields = fields |> List.map _.Name
        Types = fields |> List.map _.PropertyType
        IsRepeated = not case.IsUnique.Value
        Text = case.Description.Value
    }

let private listed () : Verb list =
    let cases =
        parser().GetArgumentCases() |> List.filter (fun case -> case.ArgumentType = ArgumentType.SubCommand)

    List.zip cases (parser().GetSubCommandParsers())
    |> List.map (fun (case, verb) ->
        let arguments, options = verb.GetArgumentCases() |> List.partition _.IsMainCommand

        {
            Name = case.CommandLineNames.Value.Head
            Text = case.Description.Value
            Options = List.map option options
            Arguments = List.map option arguments
        })

let private found = lazy (listed ())

/// All verbs, in the order of the help.
let all () : Verb list = found.Value

let tryFind (name: string) : Verb option =
    all () |> List.tryFind (fun verb -> verb.Name = name)

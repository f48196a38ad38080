/// Options from a file: those of a verb that its command line leaves out.
module QuantFunctional.Cli.ConfigFile

open System
open System.IO
open System.Text.Json
open QuantFunctional
open QuantFunctional.Cli.Verbs

let private longName = "--config"

/// The options that a file may hold.
let optionsOf (verb: Verb) : VerbOption list =
    verb.Options |> List.filter (fun option -> option.Long <> longName)

/// The verbs that read one.
let verbs () : Verb list =
    all ()
    |> List.filter (fun verb -> verb.Options |> List.exists (fun option -> option.Long = longName))

/// The member that says an option.
let keyOf (option: VerbOption) : string = option.Long.TrimStart '-'

let private refuse (place: string) (message: string) : 'value =
    Output.refuse Diagnostics.ConfigWrong $"{place}: {message}."

let private unknown (place: string) (key: string) (known: string list) : 'value =
    Output.refuse
        Diagnostics.ConfigKeyUnknown
        $"""{place}: unknown key '{key}', none of {String.concat ", " known}{Meant.question known key}"""

let private document (file: string) : JsonDocument =
    let options =
        JsonDocumentOptions(
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            AllowDuplicateProperties = false
        )

    try
        JsonDocument.Parse(File.ReadAllBytes file, options)
    with
    | :? JsonException as fault -> refuse file $"not JSON that can be read: {fault.Message.TrimEnd '.'}"
    | :? IOException
    | :? UnauthorizedAccessException as fault ->
        refuse file $"the config file cannot be read: {fault.Message.TrimEnd '.'}; check the path"

/// A value as the command line says it.
let private value (file: string) (place: string) (verb: Verb) (option: VerbOption) (element: JsonElement) : string =
    let isText =
        option.Types = [ typeof<string> ] || option.Types = [ typeof<string list> ]

    match element.ValueKind with
    | JsonValueKind.String when isText ->
        let text = string (element.GetString())
        let path = Path.Combine(string (Path.GetDirectoryName(Path.GetFullPath file)), text)
        let isFile = option.IsPath || (option.Long = "--profile" && File.Exists path)

        if text = "" then
            refuse place "it is empty; leave the key out"
        elif isFile then
            path
        else
            text
    | JsonValueKind.Number when not isText -> element.GetRawText()
    | _ ->
        let wanted = if isText then "a text" else "a number"
        refuse place $"{element.GetRawText()} is not {wanted}"

/// The words that say one member.
let private words
    (file: string)
    (place: string)
    (verb: Verb)
    (option: VerbOption)
    (element: JsonElement)
    : string list =
    let read = value file place verb option

    match element.ValueKind with
    | JsonValueKind.True when not option.TakesValue -> [ option.Long ]
    | JsonValueKind.False when not option.TakesValue -> []
    | _ when not option.TakesValue -> refuse place $"{element.GetRawText()} is neither true nor false"
    | JsonValueKind.Array when option.IsRepeated ->
        let values = [ for item in element.EnumerateArray() -> read item ]

        if option.TakesList && not values.IsEmpty then
            option.Long :: values
        else
            values |> List.map (fun value -> $"{option.Long}={value}")
    | _ when option.TakesList -> [ option.Long; read element ]
    | _ -> [ $"{option.Long}={read element}" ]

let private isGiven (arguments: string list) (option: VerbOption) : bool =
    arguments
    |> List.exists (fun argument ->
        option.Names
        |> List.exists (fun name -> argument = name || argument.StartsWith($"{name}=", StringComparison.Ordinal)))

/// The words that the file adds to a verb's arguments.
let private added (file: string) (verb: Verb) (arguments: string list) : string list =
    use document = document file
    let root = document.RootElement

    if root.ValueKind <> JsonValueKind.Object then
        refuse file "the document must be an object with a member for each verb"

    let known = verbs () |> List.map _.Name

    for section in root.EnumerateObject() do
        if section.Name <> "$schema" && not (List.contains section.Name known) then
            if verb.Options |> List.exists (fun option -> keyOf option = section.Name) then
                refuse
                    file
                    $"'{section.Name}' is an option of {verb.Name}; write \"{verb.Name}\": {{ \"{section.Name}\": ... }}"
            else
                unknown file section.Name known

    match root.TryGetProperty verb.Name with
    | false, _ -> []
    | true, section when section.ValueKind <> JsonValueKind.Object ->
        refuse $"{file}: {verb.Name}" "it must be an object that holds options"
    | true, section ->
        let options = optionsOf verb

        [
            for entry in section.EnumerateObject() do
                match options |> List.tryFind (fun option -> keyOf option = entry.Name) with
                | None -> unknown $"{file}: {verb.Name}" entry.Name (List.map keyOf options)
                | Some option ->
                    let words = words file $"{file}: {verb.Name}.{entry.Name}" verb option entry.Value

                    if not (isGiven arguments option) then
                        yield! words
        ]

/// A verb's arguments, with the options of the file that --config names. An option of the command line wins.
let expand (verb: Verb) (arguments: string list) : string list =
    let named =
        List.pairwise (verb.Name :: arguments @ [ "" ])
        |> List.tryPick (fun (argument, next) ->
            if argument = longName && next <> "" then
                Some next
            elif argument.StartsWith($"{longName}=", StringComparison.Ordinal) then
                Some(argument.Substring(longName.Length + 1))
            else
                None)

    match named with
    | Some file when verbs () |> List.exists (fun known -> known.Name = verb.Name) ->
        arguments @ added file verb arguments
    | _ -> arguments

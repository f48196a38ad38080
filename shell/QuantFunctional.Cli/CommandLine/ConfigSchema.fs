/// The JSON Schema of a config file, made of the options themselves.
module QuantFunctional.Cli.ConfigSchema

open System.Text.Encodings.Web
open System.Text.Json
open System.Text.Json.Nodes
open QuantFunctional.Cli.Verbs

let private node (members: (string * JsonNode) list) : JsonNode =
    let made = JsonObject()

    for name, value in members do
        made[name] <- value

    made

let private text (value: string) : JsonNode = nonNull (JsonValue.Create value)

let private typeOf (option: VerbOption) : string =
    match option.Types with
    | [] -> "boolean"
    | [ one ] when one = typeof<string> || one = typeof<string list> -> "string"
    | [ one ] when one = typeof<float> -> "number"
    | _ -> "integer"

let private value (verb: Verb) (option: VerbOption) : JsonNode =
    let names =
        if option.Long = "--profile" then
            [] // a file too
        else
            NamedValues.ofOption verb.Name option.Long

    node
        [
            "type", text (typeOf option)
            if not names.IsEmpty then
                "enum", JsonArray([| for name in names -> text name |])
        ]

let private property (verb: Verb) (option: VerbOption) : JsonNode =
    let made = value verb option

    let made =
        if option.TakesValue && option.IsRepeated then
            let list = node [ "type", text "array"; "items", value verb option ]
            node [ "oneOf", JsonArray([| made; list |]) ]
        else
            made

    made.AsObject().Insert(0, "description", text option.Text)
    made

let private section (verb: Verb) : JsonNode =
    node
        [
            "description", text $"Options of quantfn {verb.Name}."
            "type", text "object"
            "properties",
            node
                [
                    for option in ConfigFile.optionsOf verb -> ConfigFile.keyOf option, property verb option
                ]
            "additionalProperties", JsonValue.Create false
        ]

/// The schema as the text of a file.
let document () : string =
    let schema =
        node
            [
                "$schema", text "https://json-schema.org/draft/2020-12/schema"
                "title", text "Options of quantfn, for --config"
                "type", text "object"
                "properties",
                node
                    [
                        "$schema", node [ "description", text "Where this schema is."; "type", text "string" ]
                        for verb in ConfigFile.verbs () do
                            verb.Name, section verb
                    ]
                "additionalProperties", JsonValue.Create false
            ]

    let options =
        JsonSerializerOptions(
            WriteIndented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
        )

    schema.ToJsonString options + "\n"

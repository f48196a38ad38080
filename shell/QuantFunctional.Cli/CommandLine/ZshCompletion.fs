/// The completion of zsh.
module QuantFunctional.Cli.ZshCompletion

open QuantFunctional.Cli.Verbs
open QuantFunctional.Cli.CompletionWords

/// A text inside single quotes, where [, ] and : mean something.
let private quoted (text: string) : string =
    text.Replace("\\", "\\\\").Replace("[", "\\[").Replace("]", "\\]").Replace(":", "\\:").Replace("'", "'\\''")

let private action (fields: string list) (isPath: bool) (names: string list) : string =
    let word = fields |> String.concat " "

    let completed =
        match names with
        | [] when isPath -> "_files"
        | [] -> " "
        | names -> $"({joined names})"

    $":{word}:{completed}"

let private option (verb: Verb) (option: VerbOption) : string list =
    [
        for name in option.Names do
            let star = if option.IsRepeated then "*" else ""

            let value =
                if option.TakesValue then
                    action option.Fields (option.IsPath || option.Long = "--profile") (values verb option)
                else
                    ""

            let joint =
                if option.TakesValue && name.StartsWith("--", System.StringComparison.Ordinal) then
                    "="
                else
                    ""

            $"'{star}{name}{joint}[{quoted option.Purpose}]{value}'"
    ]

let private arguments (verb: Verb) : string list =
    [
        for argument in verb.Arguments do
            for field in argument.Fields -> $"'{action [ field ] true (CompletionWords.argument verb)}'"
    ]

let private case (verb: Verb) : string list =
    let lines =
        "'(- *)'{-h,--help}'[tell the options]'" :: arguments verb @ List.collect (option verb) verb.Options

    [
        $"        {verb.Name})"
        "            _arguments \\"
        yield! lines |> List.map (fun line -> $"                {line} \\")
        "                && return ;;"
    ]

let script () : string =
    [
        "#compdef quantfn"
        "# Completion of quantfn in zsh; to have it always: quantfn completion zsh > ~/.zfunc/_quantfn"
        "_quantfn() {"
        "    if (( CURRENT == 2 )); then"
        "        local -a verbs=("
        for verb in all () do
            $"            '{verb.Name}:{quoted verb.Text}'"
        "        )"
        "        _describe verb verbs"
        "        return"
        "    fi"
        "    local verb=$words[2]"
        "    shift words"
        "    (( CURRENT-- ))"
        "    case $verb in"
        yield! List.collect case (all ())
        "    esac"
        "}"
        "if [[ $funcstack[1] = _quantfn ]]; then _quantfn \"$@\"; else compdef _quantfn quantfn; fi"
    ]
    |> String.concat "\n"

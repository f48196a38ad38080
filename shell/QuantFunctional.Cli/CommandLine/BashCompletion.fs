/// The completion of bash.
module QuantFunctional.Cli.BashCompletion

open QuantFunctional.Cli.Verbs
open QuantFunctional.Cli.CompletionWords

let private cases (words: (string * string list) list) : string list =
    [
        for pattern, words in words do
            if not words.IsEmpty then
                $"            {pattern}) words=\"{joined words}\" ;;"
    ]

/// After an option with a value come its names, or files, which bash completes itself.
let private choices () : string list =
    [
        for verb in all () do
            for option in verb.Options do
                if option.TakesValue then
                    let pattern =
                        option.Names |> List.map (fun name -> $"\"{verb.Name} {name}\"") |> String.concat "|"

                    match values verb option with
                    | [] -> $"            {pattern}) return ;;"
                    | names -> $"            {pattern}) words=\"{joined names}\" ;;"
    ]

let script () : string =
    [
        "# Completion of quantfn in bash; to have it always:"
        "# quantfn completion bash > ~/.local/share/bash-completion/completions/quantfn"
        "_quantfn() {"
        "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} words="
        "    COMPREPLY=()"
        "    # bash takes the = of --option=value for a word"
        "    if [ \"$current\" = \"=\" ]; then"
        "        current="
        "    elif [ \"$previous\" = \"=\" ] && [ \"$COMP_CWORD\" -gt 2 ]; then"
        "        previous=${COMP_WORDS[COMP_CWORD - 2]}"
        "    fi"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then"
        $"        words=\"{joined (first ())}\""
        "    elif [ \"${current:0:1}\" = \"-\" ]; then"
        "        case \"$verb\" in"
        yield! cases [ for verb in all () -> verb.Name, verb.Names ]
        "        esac"
        "    else"
        "        case \"$verb $previous\" in"
        yield! choices ()
        yield! cases [ for verb in all () -> $"\"{verb.Name} \"*", argument verb ]
        "        esac"
        "    fi"
        "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))"
        "}"
        "complete -o default -F _quantfn quantfn"
    ]
    |> String.concat "\n"

/// The completion of PowerShell.
module QuantFunctional.Cli.PwshCompletion

open QuantFunctional.Cli.Verbs
open QuantFunctional.Cli.CompletionWords

let private list (words: string list) : string =
    let quoted =
        words |> List.map (fun word -> "'" + word.Replace("'", "''") + "'") |> String.concat ", "

    $"@({quoted})"

let private entry (key: string) (words: string list) : string list =
    if words.IsEmpty then
        []
    else
        [ $"        '{key}' = {list words}" ]

let private values (verb: Verb) : string list =
    [
        yield! entry $"{verb.Name} " (argument verb)
        for option in verb.Options do
            for name in option.Names do
                yield! entry $"{verb.Name} {name}" (CompletionWords.values verb option)
    ]

let script () : string =
    [
        "# Completion of quantfn in PowerShell; to have it always, in the profile:"
        "# quantfn completion pwsh | Out-String | Invoke-Expression"
        "Register-ArgumentCompleter -Native -CommandName quantfn -ScriptBlock {"
        "    param($word, $ast, $position)"
        $"    $verbs = {list (first ())}"
        "    $options = @{"
        for verb in all () do
            yield! entry verb.Name verb.Names
        "    }"
        "    $values = @{"
        yield! List.collect values (all ())
        "    }"
        "    $words = @($ast.CommandElements | ForEach-Object { $_.ToString() })"
        "    $before = if ($word -eq '') { $words } else { @($words | Select-Object -SkipLast 1) }"
        "    $found = if ($before.Count -le 1) { $verbs }"
        "        elseif ($word.StartsWith('-')) { $options[$before[1]] }"
        "        elseif ($values.ContainsKey(\"$($before[1]) $($before[-1])\")) { $values[\"$($before[1]) $($before[-1])\"] }"
        "        else { $values[\"$($before[1]) \"] }"
        "    $found | Where-Object { $_ -like \"$word*\" } |"
        "        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }"
        "}"
    ]
    |> String.concat "\n"

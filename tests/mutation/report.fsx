// RESULTS.md: what caught each fault, the score, and why the survivors survive. The part on C# is kept as it stands.
#load "plant.fsx"

open System
open System.IO
open System.Runtime.InteropServices
open System.Text.RegularExpressions
open Plant

/// Which test caught a fault, none where it survived.
type Found = { CaughtBy: string; Seconds: int }

let private file = Path.Combine(here, "RESULTS.md")
let private otherPart = "## The C# side"

let private text () =
    if File.Exists file then File.ReadAllText file else ""

/// What an earlier run found, by the fault's id.
let read () : Map<string, Found> =
    Regex.Matches(text (), @"^\| `([a-z0-9-]+)` \|[^|]*\|[^|]*\| (.*) \| (\d+) \|$", RegexOptions.Multiline)
    |> Seq.filter (fun row -> numbers.ContainsKey row.Groups[1].Value)
    |> Seq.map (fun row ->
        let caughtBy = row.Groups[2].Value.Replace("\\|", "|")

        row.Groups[1].Value,
        {
            CaughtBy = if caughtBy = "**survived**" then "" else caughtBy
            Seconds = int row.Groups[3].Value
        })
    |> Map.ofSeq

let private survivors (found: Map<string, Found>) =
    faults |> Array.filter (fun fault -> found.ContainsKey fault.Id && found[fault.Id].CaughtBy = "")

/// The score as a sentence.
let score (found: Map<string, Found>) : string =
    let caught = found.Count - (survivors found).Length
    let missing = faults.Length - found.Count

    let rest =
        if missing = 0 then
            ""
        else
            $"; {missing} of the list were not tried"

    $"{caught} of {found.Count} faults caught, {100.0 * float caught / float (max 1 found.Count):F1} %%{rest}"

let private commit =
    match start root "" (TimeSpan.FromMinutes 1.0) "git" [ "rev-parse"; "--short"; "HEAD" ] with
    | Some 0, output -> output.Trim()
    | _ -> "unknown"

let private machine =
    $"{Environment.ProcessorCount} processors ({RuntimeInformation.OSArchitecture}), {RuntimeInformation.FrameworkDescription}"

let write (found: Map<string, Found>) : unit =
    let kept =
        match (text ()).IndexOf(otherPart, StringComparison.Ordinal) with
        | -1 -> otherPart + "\n"
        | at -> (text ()).Substring at

    let row (fault: Fault) =
        let { CaughtBy = by; Seconds = seconds } = found[fault.Id]
        let by = if by = "" then "**survived**" else by.Replace("|", "\\|")
        $"| `{fault.Id}` | {fault.File} | {fault.Kind} | {by} | {seconds} |"

    let survivor (fault: Fault) =
        let why =
            if fault.Survives = "" then
                "not explained"
            else
                fault.Survives

        $"- `{fault.Id}`: `{fault.Original}` became `{fault.Faulty}`. {why}"

    let lines =
        [
            "# Planted faults: does a broken core get caught?"
            ""
            "One command runs this: `dotnet fsi tests/mutation/run.fsx`. It plants the faults of `faults.json` one at a time and"
            "runs the core's tests, first the likely classes, then all of them. `--only ID,ID` tries some, `--again` tries"
            "again what this table already has, `--jobs N` tries N at once. The tree itself is not touched: all faults are"
            "built once into a copy, each behind a switch. A run that does not end counts as caught, as \"timeout\"."
            "A row is of the last run that tried its fault. Properties draw anew in each run, so another one may come first."
            ""
            "## The F# core"
            ""
            $"**{score found}.** Last run at {commit}, {machine}."
            ""
            "| fault | file | kind | caught by (first failing test) | seconds |"
            "|---|---|---|---|---|"
            for fault in faults do
                if found.ContainsKey fault.Id then
                    row fault
            ""
            "### Survivors"
            ""
            match survivors found with
            | [||] -> "None."
            | some -> yield! Array.map survivor some
            ""
        ]

    File.WriteAllText(file, String.Join("\n", lines) + "\n" + kept)

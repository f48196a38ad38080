// The list of faults, and a copy of the core in which all of them are built in, each behind a switch.

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open System.Text.RegularExpressions

/// One token of the core that is replaced. `Within` is where `Original` is alone, if it is not alone in its file.
type Fault =
    {
        Id: string
        File: string
        Kind: string
        Tests: string
        Original: string
        Faulty: string
        Within: string
        Survives: string
    }

let fail (message: string) : 'T =
    eprintfn $"{message}"
    exit 1

let here = __SOURCE_DIRECTORY__
let root = Path.GetFullPath(Path.Combine(here, "..", ".."))
let variable = "QUANTFN_FAULT"

let faults =
    use file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(here, "faults.json")))

    [|
        for entry in file.RootElement.EnumerateArray() do
            let text (name: string) =
                match entry.TryGetProperty name with
                | true, value -> string value
                | _ -> ""

            {
                Id = text "id"
                File = text "file"
                Kind = text "kind"
                Tests = text "tests"
                Original = text "original"
                Faulty = text "faulty"
                Within = text "within"
                Survives = text "survives"
            }
    |]

let numbers = faults |> Array.mapi (fun i fault -> fault.Id, i) |> dict

if numbers.Count < faults.Length then
    fail "two faults have the same id"

let count (part: string) (text: string) =
    Regex.Matches(text, Regex.Escape part).Count

/// Where a fault's original stands in the text of its file.
let place (text: string) (fault: Fault) =
    let within = if fault.Within = "" then fault.Original else fault.Within

    if count within text <> 1 || count fault.Original within <> 1 then
        fail $"{fault.Id}: '{within}' must occur once in {fault.File}, not {count within text} times"

    text.IndexOf(within, StringComparison.Ordinal)
    + within.IndexOf(fault.Original, StringComparison.Ordinal)

/// The text of a file with all its faults behind their switches.
let planted (text: string) (own: Fault seq) =
    let places =
        own |> Seq.map (fun fault -> place text fault, fault) |> Seq.sortByDescending fst |> Seq.toList

    for (later, _), (earlier, fault) in List.pairwise places do
        if earlier + fault.Original.Length > later then
            fail $"{fault.Id} overlaps another fault of {fault.File}"

    places
    |> List.fold
        (fun (text: string) (at, fault) ->
            let choice =
                $"(if QuantFunctional.Mutant.on {numbers[fault.Id]} then ({fault.Faulty}) else ({fault.Original}))"

            text.Remove(at, fault.Original.Length).Insert(at, choice))
        text

let switch =
    $"""namespace QuantFunctional

[<RequireQualifiedAccess>]
module internal Mutant =
    let private chosen =
        match System.Int32.TryParse(System.Environment.GetEnvironmentVariable "{variable}") with
        | true, fault -> fault
        | _ -> -1

    let on (fault: int) : bool = fault = chosen
"""

/// The exit code, none where the time was up, and all that was written.
let start (folder: string) (fault: string) (limit: TimeSpan) (program: string) (arguments: string list) =
    let info =
        ProcessStartInfo(program, arguments, WorkingDirectory = folder, UseShellExecute = false)

    info.RedirectStandardOutput <- true
    info.RedirectStandardError <- true
    info.Environment[variable] <- fault
    use running = Process.Start info

    let output, errors =
        running.StandardOutput.ReadToEndAsync(), running.StandardError.ReadToEndAsync()

    if running.WaitForExit limit then
        Some running.ExitCode, output.Result + errors.Result
    else
        running.Kill true
        None, ""

let dotnet folder arguments =
    match start folder "" (TimeSpan.FromMinutes 30.0) "dotnet" arguments with
    | Some 0, _ -> ()
    | _, output ->
        let command = String.concat " " arguments
        fail $"dotnet {command} failed:\n{output}"

let copyTree (copy: string) =
    let kept (path: string) =
        not (path.Contains '/')
        || List.exists
            (fun (folder: string) -> path.StartsWith folder)
            [
                "core/"
                "tests/Core.Tests/"
                ".paket/"
                "build/"
                "tests/lemmas/"
                "tests/QuantFunctional.Testing/"
            ]

    let files =
        match start root "" (TimeSpan.FromMinutes 1.0) "git" [ "ls-files"; "-co"; "--exclude-standard" ] with
        | Some 0, output -> output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        | _, output -> fail $"git ls-files failed: {output}"

    for file in Array.filter kept files do
        let source, target = Path.Combine(root, file), Path.Combine(copy, file)

        if File.Exists source then
            Directory.CreateDirectory(nonNull (Path.GetDirectoryName target)) |> ignore
            File.Copy(source, target)

    // packages, and golden rows that some tests read
    for folder, link in
        [
            ".packages", Path.Combine(copy, ".packages")
            "../shared", Path.Combine(copy, "../shared")
        ] do
        let target = Path.GetFullPath(Path.Combine(root, folder))

        if Directory.Exists target then
            Directory.CreateSymbolicLink(link, target) |> ignore

let plant (copy: string) =
    for file, own in Seq.groupBy _.File faults do
        let path = Path.Combine(copy, file)
        File.WriteAllText(path, planted (File.ReadAllText path) own)

    let project = Path.Combine(copy, "core/QuantFunctional.Core.fsproj")
    let text = File.ReadAllText project
    let first = text.IndexOf("<Compile ", StringComparison.Ordinal)
    File.WriteAllText(project, text.Insert(first, "<Compile Include=\"Mutant.fs\" />"))
    File.WriteAllText(Path.Combine(copy, "core/Mutant.fs"), switch)

namespace QuantFunctional.Proofs

open System
open System.Diagnostics
open System.IO
open QuantFunctional.Cli
open QuantFunctional.Commands

/// What the solver says of a file.
type LemmaResult =
    {
        Lemma: string
        Expected: string list
        Found: string list
        Seconds: float
        Holds: bool
    }

/// What the solver says of all of them.
type LemmasResult =
    {
        Passed: bool
        Solver: string | null
        Lemmas: LemmaResult list
        Skipped: string list
    }

/// The lemmas of tests/lemmas, each checked by the z3 executable. A file says by `; expect: unsat sat …` what each of its
/// questions must be answered: unsat for the lemma's negation, sat for a question that shows that it is not empty.
[<RequireQualifiedAccess>]
module Lemmas =

    /// Where the build put the lemmas.
    let folder: string = Path.Combine(AppContext.BaseDirectory, "lemmas")

    /// The z3 executable on the PATH.
    let solver: string option =
        let path =
            Environment.GetEnvironmentVariable "PATH" |> Option.ofObj |> Option.defaultValue ""

        path.Split Path.PathSeparator
        |> Seq.collect (fun folder -> [ Path.Combine(folder, "z3"); Path.Combine(folder, "z3.exe") ])
        |> Seq.tryFind File.Exists

    let missing =
        "z3 is not on the PATH; install it (Debian: apt-get install z3) to check the lemmas"

    let files (folder: string) : string list =
        if not (Directory.Exists folder) then
            Output.refuse $"{folder}: there is no such folder."

        Directory.GetFiles(folder, "*.smt2") |> Array.sort |> List.ofArray

    let private expectation = "; expect:"

    /// What a file says that its questions must be answered.
    let expected (file: string) : string list =
        File.ReadLines file
        |> Seq.filter _.StartsWith(expectation, StringComparison.Ordinal)
        |> Seq.collect _.Substring(expectation.Length).Split(' ', StringSplitOptions.RemoveEmptyEntries)
        |> List.ofSeq

    /// The solver's answers to a file, one for each question; an error is one too.
    let private ask (solver: string) (seconds: int) (file: string) : string list =
        let start =
            ProcessStartInfo(solver, [ $"-T:{seconds}"; file ], RedirectStandardOutput = true, UseShellExecute = false)

        match Process.Start start with
        | null -> invalidOp $"{solver} did not start"
        | started ->
            use running = started
            let answers = running.StandardOutput.ReadToEnd()
            running.WaitForExit()

            answers.Split('\n', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
            |> List.ofArray

    let private name (file: string) =
        $"{Path.GetFileNameWithoutExtension file}"

    let check (solver: string) (seconds: int) (file: string) : LemmaResult =
        let started = Stopwatch.GetTimestamp()
        let expected, found = expected file, ask solver seconds file

        {
            Lemma = name file
            Expected = expected
            Found = found
            Seconds = (Stopwatch.GetElapsedTime started).TotalSeconds
            Holds = not expected.IsEmpty && expected = found
        }

    /// True of a lemma that its file calls slow.
    let isSlow (file: string) : bool =
        File.ReadLines file |> Seq.exists _.StartsWith("; slow:", StringComparison.Ordinal)

    [<NoComparison>]
    type Options =
        {
            Folder: string
            Seconds: int
            RequireSolver: bool
            Quick: bool
        }

    let run (options: Options) : LemmasResult =
        let slow, files =
            files options.Folder |> List.partition (fun file -> options.Quick && isSlow file)

        match solver with
        | None ->
            {
                Passed = not options.RequireSolver
                Solver = null
                Lemmas = []
                Skipped = slow @ files |> List.map name
            }
        | Some solver ->
            let results =
                Progress.during "the lemmas" files.Length (fun report ->
                    files
                    |> List.map (fun file ->
                        let result = check solver options.Seconds file
                        report 1L
                        result))

            {
                Passed = results |> List.forall _.Holds
                Solver = solver
                Lemmas = results
                Skipped = slow |> List.map name
            }

    let private show (result: LemmasResult) : unit =
        if isNull result.Solver then
            printfn $"lemmas: {result.Skipped.Length} skipped; {missing}"
        else
            Output.printTable
                [ TextTable.Left "Lemma"; TextTable.Right "Seconds"; TextTable.Left "Verdict" ]
                [
                    for lemma in result.Lemmas ->
                        let found, expected =
                            String.Join(' ', lemma.Found), String.Join(' ', lemma.Expected)

                        [
                            lemma.Lemma
                            Output.fixedPoint 2 lemma.Seconds
                            if lemma.Holds then
                                "holds"
                            else
                                $"NOT PROVEN: {found}, expected {expected}"
                        ]
                ]

            let holding = result.Lemmas |> List.filter _.Holds |> List.length

            let skipped =
                match result.Skipped with
                | [] -> ""
                | slow -> $"""; skipped as slow: {String.Join(", ", slow)}"""

            printfn $"lemmas: {holding} of {result.Lemmas.Length} hold{skipped}"

    let report (options: Options) : Output.Report =
        let result = run options

        {
            Passed = result.Passed
            Show = fun () -> show result
            Document = result
        }

module QuantFunctional.Tests.LemmaTests

open System
open System.Diagnostics
open System.IO
open Xunit

let private solver =
    let path =
        Environment.GetEnvironmentVariable "PATH" |> Option.ofObj |> Option.defaultValue ""

    path.Split Path.PathSeparator
    |> Seq.collect (fun folder -> [ Path.Combine(folder, "z3"); Path.Combine(folder, "z3.exe") ])
    |> Seq.tryFind File.Exists

/// A theory that needs the solver z3; skipped where there is none.
[<AttributeUsage(AttributeTargets.Method)>]
type SolverTheoryAttribute() as this =
    inherit TheoryAttribute()

    do
        if solver.IsNone then
            this.Skip <- "z3 is not on the PATH; install it (Debian: apt-get install z3) to check tests/lemmas"

let private folder = Path.Combine(AppContext.BaseDirectory, "lemmas")
let private files = Directory.GetFiles(folder, "*.smt2") |> Array.sort

let private answers (file: string) : string list =
    let expectation = "; expect:"

    File.ReadLines file
    |> Seq.filter _.StartsWith(expectation, StringComparison.Ordinal)
    |> Seq.collect _.Substring(expectation.Length).Split(' ', StringSplitOptions.RemoveEmptyEntries)
    |> List.ofSeq

let private isSlow (file: string) =
    File.ReadLines file |> Seq.exists _.StartsWith("; slow:", StringComparison.Ordinal)

let quickLemmas =
    let data = TheoryData<string>()

    for file in files do
        if not (isSlow file) then
            data.Add $"{Path.GetFileName file}"

    data

[<SolverTheory; MemberData(nameof quickLemmas)>]
let ``the solver answers a lemma as its file says`` (name: string) =
    let file = Path.Combine(folder, name)

    let start =
        ProcessStartInfo(Option.get solver, [ "-T:60"; file ], RedirectStandardOutput = true)

    match Process.Start start with
    | null -> Assert.Fail "z3 did not start"
    | started ->
        use running = started

        let found =
            running.StandardOutput
                .ReadToEnd()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)

        running.WaitForExit()
        Assert.Equal<string list>(answers file, List.ofArray found)

[<Fact>]
let ``every lemma says in words what it is, where the specification has it, and an answer for each question`` () =
    Assert.NotEmpty files

    for file in files do
        let text = File.ReadAllText file
        let questions = text.Split("(check-sat").Length - 1
        Assert.StartsWith("; ", text)
        Assert.Matches("; (SPEC|ORT.md) section", text)
        Assert.Equal(questions, (answers file).Length)
        Assert.Contains("unsat", answers file)

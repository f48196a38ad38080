// Does a broken core get caught? Plants each fault of faults.json in a copy of the core and runs the core's tests.
// Run: dotnet fsi tests/mutation/run.fsx [--only ID,ID] [--again] [--jobs N]
// All faults are built in at once, each behind a switch that one environment variable turns on. Faults that RESULTS.md
// already has are skipped, unless --again.
#load "plant.fsx"
#load "report.fsx"

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open System.Threading.Tasks
open Plant
open Report

let arguments = List.ofArray (Array.tail fsi.CommandLineArgs)

let rec read only again jobs arguments =
    match arguments with
    | [] -> only, again, jobs
    | "--again" :: rest -> read only true jobs rest
    | "--only" :: (ids: string) :: rest -> read (Set.ofArray (ids.Split ',')) again jobs rest
    | "--jobs" :: n :: rest when fst (Int32.TryParse(n: string)) -> read only again (int n) rest
    | other :: _ -> fail $"'{other}' is not understood: --only ID,ID, --again, --jobs N"

let only, again, jobs = read Set.empty false 1 arguments

match only |> Seq.tryFind (numbers.ContainsKey >> not) with
| Some id -> fail $"there is no fault '{id}' in faults.json"
| None -> ()

/// The first test that fails, or how the run ended without one; none where all pass.
let runTests (copy: string) (fault: string) (limit: TimeSpan) (filter: string) =
    let tests = "tests/Core.Tests/bin/Debug/net10.0/Core.Tests.dll"

    let chosen =
        [
            if filter <> "" then
                let classes =
                    filter.Split '|' |> Array.map (fun name -> $"FullyQualifiedName~.{name}")

                "--TestCaseFilter:" + String.Join("|", classes)
        ]

    match start copy fault limit "dotnet" ([ "vstest"; tests ] @ chosen @ [ "--"; "xUnit.StopOnFail=true" ]) with
    | None, _ -> Some "timeout"
    | Some 0, _ -> None
    | Some _, output ->
        let first =
            Regex.Match(output, @"^\s+Failed QuantFunctional\.Tests\.(.+) \[", RegexOptions.Multiline)

        Some(
            if first.Success then
                first.Groups[1].Value
            else
                "the test run broke off"
        )


let earlier = if again then Map.empty else Report.read ()

let asked =
    faults
    |> Array.filter (fun fault -> only.IsEmpty || only.Contains fault.Id)
    |> Array.filter (fun fault -> not (earlier.ContainsKey fault.Id))

let folder =
    Path.Combine(Path.GetTempPath(), $"quantfn-mutation-{Environment.ProcessId}")

let copy = Path.Combine(folder, "copy")
Directory.CreateDirectory copy |> ignore
AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> Directory.Delete(folder, true))

eprintfn $"{asked.Length} faults to try, {faults.Length} in all; the build is in {copy}"
copyTree copy
plant copy

dotnet
    copy
    [
        "build"
        "tests/Core.Tests"
        "--nologo"
        "-v"
        "q"
        "-p:UseSharedCompilation=false"
    ]

let clock = Stopwatch.StartNew()

match runTests copy "" (TimeSpan.FromMinutes 30.0) "" with
| Some test -> fail $"without a fault the tests must pass, but: {test}"
| None -> eprintfn $"without a fault all tests pass, {clock.Elapsed.TotalSeconds:F0} s"

let baseline = clock.Elapsed
let kept = if only.IsEmpty then earlier else Report.read ()
let results = ref kept
let inParallel = ParallelOptions(MaxDegreeOfParallelism = jobs)

let record (fault: Fault) (caught: string option) (spent: TimeSpan) =
    lock results (fun () ->
        let found =
            {
                CaughtBy = Option.defaultValue "" caught
                Seconds = int (Math.Ceiling spent.TotalSeconds)
            }

        results.Value <- results.Value.Add(fault.Id, found)
        let how = Option.defaultValue "SURVIVED" caught
        eprintfn $"{results.Value.Count}/{faults.Length} {fault.Id}: {how}, {found.Seconds} s"
        Report.write results.Value)

/// Runs tests on each fault at hand, records those that are caught, and gives the others with the time they took.
let pass (filter: Fault -> string) (limit: TimeSpan) (atHand: (Fault * TimeSpan) array) =
    let others = ConcurrentBag<Fault * TimeSpan>()

    let attempt (fault: Fault, before: TimeSpan) =
        let clock = Stopwatch.StartNew()

        match runTests copy (string numbers[fault.Id]) limit (filter fault) with
        | None -> others.Add(fault, before + clock.Elapsed)
        | caught -> record fault caught (before + clock.Elapsed)

    Parallel.ForEach<Fault * TimeSpan>(atHand, inParallel, Action<Fault * TimeSpan> attempt) |> ignore

    others.ToArray()

let likely, rest =
    asked
    |> Array.map (fun fault -> fault, TimeSpan.Zero)
    |> Array.partition (fun (fault, _) -> fault.Tests <> "")

let uncaught = pass _.Tests (baseline + TimeSpan.FromMinutes 1.0) likely
eprintfn $"the likely tests leave {uncaught.Length + rest.Length}, which now meet all tests"

let survivors =
    pass (fun _ -> "") (2.0 * baseline + TimeSpan.FromMinutes 2.0) (Array.append uncaught rest)

for fault, spent in survivors do
    record fault None spent

printfn $"{Report.score results.Value}"

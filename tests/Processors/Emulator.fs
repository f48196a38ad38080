namespace QuantFunctional.Processors

open System
open System.IO

/// How the runner of a processor is started.
type Launch =
    {
        Program: string
        Arguments: string list
    }

/// Runs jobs on a processor.
[<RequireQualifiedAccess>]
module Emulator =

    let private crossLibraries = "/usr/aarch64-linux-gnu/lib"

    /// The folder that qemu shows as the root: the libraries of ARM64, and what Linux would tell of the processor, which
    /// ONNX Runtime reads and which would else be that of the machine here.
    let private root (name: string) (features: string) (part: string) : Result<string, string> =
        if not (Directory.Exists crossLibraries) then
            Error $"there is no {crossLibraries}; {Tools.remedy}"
        else
            let root = Path.Combine(Tools.cache, "roots", name)
            let libraries = Path.Combine(root, "lib")
            Directory.CreateDirectory(Path.Combine(root, "proc")) |> ignore

            if not (Path.Exists libraries) then
                File.CreateSymbolicLink(libraries, crossLibraries) |> ignore

            let core (number: int) =
                [
                    $"processor\t: {number}"
                    $"Features\t: {features}"
                    "CPU implementer\t: 0x41"
                    "CPU architecture: 8"
                    "CPU variant\t: 0x0"
                    $"CPU part\t: {part}"
                    "CPU revision\t: 0"
                    ""
                ]

            File.WriteAllLines(Path.Combine(root, "proc", "cpuinfo"), core 0 @ core 1)
            Ok root

    let private prepare (processor: Processor) : Result<Launch option, string> =
        let launch program arguments =
            Some
                {
                    Program = program
                    Arguments = arguments
                }

        match processor.Machine with
        | Machine.Native -> Ok None
        | Machine.X64 cpu ->
            Tools.find "qemu-x86_64"
            |> Result.bind (fun qemu ->
                Tools.runner "x64" |> Result.map (fun runner -> launch qemu [ "-cpu"; cpu; runner ]))
        | Machine.Arm64(cpu, features, part) ->
            Tools.find "qemu-aarch64"
            |> Result.bind (fun qemu ->
                Tools.runner "arm64"
                |> Result.bind (fun runner ->
                    root processor.Name features part
                    |> Result.map (fun root -> launch qemu [ "-L"; root; "-cpu"; cpu; runner ])))
        | Machine.Release version -> Tools.release version |> Result.map (fun runner -> launch runner [])
        | Machine.Wasm ->
            Tools.find "node"
            |> Result.bind (fun node ->
                Tools.web ()
                |> Result.map (fun web ->
                    launch node [ Path.Combine(AppContext.BaseDirectory, "Runner", "runner.mjs"); web ]))

    /// Refused where a path could not be told to the runner.
    let private commands (job: Job) : string =
        String.concat
            "\n"
            [
                $"model {Path.GetFullPath job.Model}"
                $"feed {Path.GetFullPath job.Feed}"
                $"result {Path.GetFullPath job.Result}"
                for key, value in job.Settings do
                    $"set {key} {value}"
                "run\n"
            ]

    let private answers (jobs: Job list) (launch: Launch) : Result<unit, string> list =
        let code, output, errors =
            Tools.call launch.Program launch.Arguments (String.concat "" (jobs |> List.map commands))

        let lines =
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

        jobs
        |> List.mapi (fun index _ ->
            match List.tryItem index lines with
            | Some "done" -> Ok()
            | Some line -> Error(line.Replace("failed ", ""))
            | None ->
                let told = errors.ReplaceLineEndings(" ").Trim()
                Error $"the runner ended with {code} before this job was done: {told}")

    /// What runs jobs on a processor, in one process. The error is why the processor cannot be had; a job has its own.
    let start (processor: Processor) : Result<Job list -> Result<unit, string> list, string> =
        prepare processor
        |> Result.map (fun launch jobs ->
            match launch with
            | None -> jobs |> List.map InProcess.run
            | Some launch -> answers jobs launch)

namespace QuantFunctional.Processors

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text.Json

/// What the emulated processors need: found, or named with the remedy. Nothing is installed here.
[<RequireQualifiedAccess>]
module Tools =

    /// The folder that keeps what is built and downloaded.
    let cache: string =
        let root =
            match Environment.GetEnvironmentVariable "XDG_CACHE_HOME" with
            | null
            | "" -> Path.Combine(Environment.GetFolderPath Environment.SpecialFolder.UserProfile, ".cache")
            | folder -> folder

        Path.Combine(root, "quantfn-processors")

    /// What puts right whatever is missing.
    let remedy = "tests/Processors/install.sh installs it"

    let private beside (parts: string list) : string =
        Path.Combine(List.toArray (AppContext.BaseDirectory :: parts))

    /// A program of the search path.
    let find (program: string) : Result<string, string> =
        let folders =
            match Environment.GetEnvironmentVariable "PATH" with
            | null -> [||]
            | path -> path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)

        match folders |> Array.map (fun folder -> Path.Combine(folder, program)) |> Array.tryFind File.Exists with
        | Some path -> Ok path
        | None -> Error $"there is no {program}; {remedy}"

    /// Runs a program to its end; the exit code, and what it printed.
    let call (program: string) (arguments: string list) (input: string) : int * string * string =
        let start =
            ProcessStartInfo(
                program,
                arguments,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        match Process.Start start with
        | null -> invalidOp $"{program} does not start."
        | started ->
            use running = started
            let output = running.StandardOutput.ReadToEndAsync()
            let errors = running.StandardError.ReadToEndAsync()

            try
                running.StandardInput.Write input
                running.StandardInput.Close()
            with :? IOException -> // it ended before it read everything; its exit code tells
                ()

            running.WaitForExit()
            running.ExitCode, output.Result, errors.Result

    let private hash (paths: string list) : string =
        use sums = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        for path in paths do
            sums.AppendData(File.ReadAllBytes path)

        Convert.ToHexStringLower(sums.GetHashAndReset()).Substring(0, 16)

    let private compile (compiler: string) (folder: string) (library: string) : Result<string, string> =
        // built beside and moved, so that two runs at once do not see half a file
        let temporary = $"{folder}.{Environment.ProcessId}"
        Directory.CreateDirectory temporary |> ignore
        let shared = Path.Combine(temporary, "libonnxruntime.so.1")
        File.Copy(library, shared, true)

        // older releases name themselves with their version, and that is the name that the runner looks for
        let name = string (Path.GetFileName library)

        if name.StartsWith "libonnxruntime.so.1." then
            File.Copy(library, Path.Combine(temporary, name), true)

        let code, _, errors =
            call
                compiler
                [
                    "-O2"
                    "-Wall"
                    "-I"
                    beside [ "include" ]
                    beside [ "Runner"; "runner.c" ]
                    "-o"
                    Path.Combine(temporary, "runner")
                    shared
                    "-Wl,-rpath,$ORIGIN"
                    "-Wl,--allow-shlib-undefined"
                ]
                ""

        if code <> 0 then
            Directory.Delete(temporary, true)
            Error $"{compiler} does not compile the runner: {errors.ReplaceLineEndings(string ' ')}"
        else
            if not (Directory.Exists folder) then
                try
                    Directory.Move(temporary, folder)
                with :? IOException -> // the other run was first
                    ()

            if Directory.Exists temporary then
                Directory.Delete(temporary, true)

            Ok(Path.Combine(folder, "runner"))

    let private runnerOf (architecture: string) (library: string) : Result<string, string> =
        let source = beside [ "Runner"; "runner.c" ]

        if not (OperatingSystem.IsLinux()) || RuntimeInformation.OSArchitecture <> Architecture.X64 then
            Error "qemu's user mode is used on Linux on x64 alone"
        else
            let folder =
                Path.Combine(cache, "runners", $"{architecture}-{hash [ library; source ]}")

            if File.Exists(Path.Combine(folder, "runner")) then
                Ok(Path.Combine(folder, "runner"))
            else
                find (
                    if architecture = "x64" then
                        "gcc"
                    else
                        "aarch64-linux-gnu-gcc"
                )
                |> Result.bind (fun compiler -> compile compiler folder library)

    /// The runner for an architecture, compiled where that was not done before.
    let runner (architecture: string) : Result<string, string> =
        beside [ "runtimes"; $"linux-{architecture}"; "native"; "libonnxruntime.so" ]
        |> runnerOf architecture

    /// The folder that keeps the libraries of older releases, each in a folder of its name.
    let releases: string = Path.Combine(cache, "releases")

    /// The runner with another release of ONNX Runtime.
    let release (version: string) : Result<string, string> =
        let folder = Path.Combine(releases, version)

        let libraries =
            if Directory.Exists folder then
                Directory.GetFiles(folder, "libonnxruntime.so*")
            else
                [||]

        match Array.sort libraries |> Array.tryHead with
        | Some library -> runnerOf "x64" library
        | None -> Error $"there is no ONNX Runtime {version}; tests/Processors/install.sh {version} fetches it"

    let private versionIn (path: string) (read: JsonElement -> string | null) : string option =
        if File.Exists path then
            use document = JsonDocument.Parse(File.ReadAllText path)
            read document.RootElement |> Option.ofObj
        else
            None

    /// The folder of onnxruntime-web in the version that the project names.
    let web () : Result<string, string> =
        let folder = Path.Combine(cache, "web", "node_modules", "onnxruntime-web")

        let wanted =
            versionIn (beside [ "Runner"; "package.json" ]) (fun root ->
                root.GetProperty("dependencies").GetProperty("onnxruntime-web").GetString())

        match
            wanted,
            versionIn (Path.Combine(folder, "package.json")) (fun root -> root.GetProperty("version").GetString())
        with
        | Some wanted, Some found when wanted = found -> Ok folder
        | Some wanted, Some found -> Error $"onnxruntime-web is {found}, and {wanted} is wanted; {remedy}"
        | _ -> Error $"there is no onnxruntime-web; {remedy}"

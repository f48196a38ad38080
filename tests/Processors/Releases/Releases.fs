namespace QuantFunctional.Processors

open System
open System.IO
open QuantFunctional.Commands
open QuantFunctional.Onnx

/// What a release made of a file: elements that differ from those of the release that is here, or what it said.
type ReleaseOutcome =
    {
        Release: string
        /// Whether the file's oldest release is this one or an older one.
        IsPromised: bool
        Outcome: Result<int64, string>
    }

/// What the releases made of one file.
type ReleasesOfFile =
    {
        Title: string
        Oldest: OldestRelease
        Elements: int64
        Outcomes: ReleaseOutcome list
    }

/// Runs quantized files in releases of ONNX Runtime, and compares every element with the release that the project uses.
[<RequireQualifiedAccess>]
module Releases =

    let private version (name: string) : Version = Version.Parse name

    /// The releases that are there, the oldest first.
    let installed () : string list =
        match Directory.Exists Tools.releases with
        | false -> Output.refuse $"no release of ONNX Runtime is there; {Tools.remedy}."
        | true ->
            Directory.GetDirectories Tools.releases
            |> Array.map (fun folder -> string (Path.GetFileName folder))
            |> Array.sortBy version
            |> List.ofArray

    let private differing (subject: Subject) (theirs: string) (ours: string) : int64 =
        Seq.zip (Tensor.readSamples theirs) (Tensor.readSamples ours)
        |> Seq.sumBy (fun (theirs, ours) ->
            List.zip3 subject.Outputs theirs ours
            |> List.sumBy (fun (output, theirs, ours) -> (Differences.between output.Unit theirs ours).Differing))

    let private ofFile
        (place: Workplace)
        (number: int)
        (samples: int option)
        (releases: (string * (Job list -> Result<unit, string> list)) list)
        (subject: Subject)
        =
        let feed = place.File $"{number}.in"
        let model = place.File $"{number}.onnx"
        File.WriteAllBytes(model, subject.Model.ToBytes())
        Tensor.writeSamples feed (Subject.feed samples subject)

        let job (name: string) =
            {
                Model = model
                Feed = feed
                Result = place.File $"{number}.{name}"
                Settings = []
            }

        let here = job Processor.native

        match InProcess.run here with
        | Error reason -> Output.fail $"{subject.Title}: {reason}"
        | Ok() -> ()

        let inspection =
            OnnxQuantizer.InspectAsync(ModelSource.FromFile model).GetAwaiter().GetResult()

        let oldest =
            match inspection.OldestRelease with
            | null -> Output.fail $"{subject.Title}: it is not quantized."
            | oldest -> oldest

        {
            Title = subject.Title
            Oldest = oldest
            Elements =
                Tensor.readSamples here.Result |> Seq.sumBy (List.sumBy (fun tensor -> int64 (Tensor.count tensor)))
            Outcomes =
                [
                    for name, run in releases do
                        let there = job name

                        {
                            Release = name
                            IsPromised = version name >= version oldest.Version
                            Outcome =
                                run [ there ]
                                |> List.exactlyOne
                                |> Result.map (fun () -> differing subject there.Result here.Result)
                        }
                ]
        }

    /// Runs every file in every release.
    let run (releases: Processor list) (samples: int option) (subjects: Subject list) : ReleasesOfFile list =
        use place = new Workplace()

        let started =
            releases
            |> List.choose (fun release ->
                match Emulator.start release with
                | Ok run -> Some(release.Name, run)
                | Error reason ->
                    Output.say $"skipped: {release.Name}, for {reason}"
                    None)

        subjects |> List.mapi (fun number subject -> ofFile place number samples started subject)

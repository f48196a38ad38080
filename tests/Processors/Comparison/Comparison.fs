namespace QuantFunctional.Processors

open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Threading.Tasks

/// What one processor made of one output.
type Row =
    {
        Processor: string
        Output: string
        Unit: Unit
        Elements: int64
        /// None where integers alone do not give the output.
        FromOwn: Differences option
        /// None for native itself, and where it was not asked for.
        FromNative: Differences option
    }

/// What the processors made of one model.
type ModelResult =
    {
        Model: string
        Data: string
        Samples: int
        Rows: Row list
        /// The outputs that are not compared with this library's integers, each with the reason.
        NotOwn: (string * string) list
        /// The processors on which ONNX Runtime did not run the model, each with what it said.
        Failures: (string * string) list
    }

/// What a comparison showed.
type ComparisonResult =
    {
        Models: ModelResult list
        Skipped: (string * string) list
        Seconds: (string * float) list
    }

/// Runs models on processors and compares every element of every output.
[<RequireQualifiedAccess>]
module Comparison =

    let private measured (work: unit -> 'result) : 'result * float =
        let watch = Stopwatch.StartNew()
        let result = work ()
        result, watch.Elapsed.TotalSeconds

    let private jobs (place: Workplace) (processor: Processor) (count: int) : Job list =
        [
            for index in 0 .. count - 1 ->
                {
                    Model = place.File $"{index}.onnx"
                    Feed = place.File $"{index}.in"
                    Result = place.File $"{index}.{processor.Name}"
                    Settings = []
                }
        ]

    /// Two sequences of runs, compared output by output.
    let private compared (outputs: OutputFact list) (theirs: Tensor list seq) (others: Map<string, Tensor> seq) =
        let fold (sums: Map<string, Differences>) (tensors: Tensor list, other: Map<string, Tensor>) =
            (sums, List.zip outputs tensors)
            ||> List.fold (fun sums (output, tensor) ->
                match other.TryFind output.Name with
                | None -> sums
                | Some expected ->
                    let before = defaultArg (sums.TryFind output.Name) Differences.none
                    sums.Add(output.Name, Differences.add before (Differences.between output.Unit tensor expected)))

        Seq.zip theirs others |> Seq.fold fold Map.empty

    let private rows (subject: Subject) (own: OwnIntegers) (native: string option) (processor: string, result: string) =
        let names = subject.Outputs |> List.map _.Name
        let read (path: string) = Tensor.readSamples path

        let elements =
            read result
            |> Seq.fold
                (fun sums tensors -> List.map2 (fun sum tensor -> sum + int64 (Tensor.count tensor)) sums tensors)
                (names |> List.map (fun _ -> 0L))

        let fromOwn = compared subject.Outputs (read result) own.Runs

        let fromNative =
            match native with
            | Some path when path <> result ->
                read path
                |> Seq.map (fun tensors -> Map(List.zip names tensors))
                |> compared subject.Outputs (read result)
            | _ -> Map.empty

        List.map2
            (fun output elements ->
                {
                    Processor = processor
                    Output = output.Name
                    Unit = output.Unit
                    Elements = elements
                    FromOwn = fromOwn.TryFind output.Name
                    FromNative = fromNative.TryFind output.Name
                })
            subject.Outputs
            elements

    let private result
        (subject: Subject)
        (samples: int)
        (own: OwnIntegers)
        (outcomes: (string * Job * Result<unit, string>) list)
        =
        let done' =
            outcomes
            |> List.choose (fun (name, job, outcome) -> if outcome.IsOk then Some(name, job.Result) else None)

        let native =
            done' |> List.tryFind (fun (name, _) -> name = Processor.native) |> Option.map snd

        {
            Model = subject.Title
            Data = subject.DataName
            Samples = samples
            Rows = done' |> List.collect (rows subject own native)
            NotOwn = own.Missing |> Map.toList
            Failures =
                [
                    for name, _, outcome in outcomes do
                        match outcome with
                        | Error reason -> name, reason
                        | Ok() -> ()
                ]
        }

    /// Runs every subject on every processor, with its feed. Processors that cannot be had are skipped.
    let run
        (processors: Processor list)
        (feed: Subject -> Tensor list seq)
        (subjects: Subject list)
        : ComparisonResult =
        use place = new Workplace()

        let samples =
            subjects
            |> List.mapi (fun index subject ->
                File.WriteAllBytes(place.File $"{index}.onnx", subject.Model.ToBytes())
                Tensor.writeSamples (place.File $"{index}.in") (feed subject)
                subject.Batch * Seq.length (Tensor.readSamples (place.File $"{index}.in")))

        let own =
            Task.Run(fun () ->
                measured (fun () ->
                    subjects
                    |> List.mapi (fun index subject ->
                        OwnIntegers.run subject (Tensor.readSamples (place.File $"{index}.in")))))

        let started =
            processors |> List.map (fun processor -> processor, Emulator.start processor)

        let ran =
            [|
                for processor, start in started do
                    match start with
                    | Ok run -> processor, run
                    | Error _ -> ()
            |]
            |> Array.Parallel.map (fun (processor, run) ->
                let jobs = jobs place processor subjects.Length
                let outcomes, seconds = measured (fun () -> run jobs)
                processor.Name, List.zip jobs outcomes, seconds)
            |> List.ofArray

        let own, ownSeconds = own.GetAwaiter().GetResult()

        {
            Models =
                List.zip3 subjects samples own
                |> List.mapi (fun index (subject, samples, own) ->
                    ran
                    |> List.map (fun (name, outcomes, _) ->
                        let job, outcome = outcomes[index]
                        name, job, outcome)
                    |> result subject samples own)
            Skipped =
                [
                    for processor, start in started do
                        match start with
                        | Error reason -> processor.Name, reason
                        | Ok _ -> ()
                ]
            Seconds = ("own integers", ownSeconds) :: [ for name, _, seconds in ran -> name, seconds ]
        }

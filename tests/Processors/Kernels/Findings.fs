namespace QuantFunctional.Processors

open System
open System.IO
open QuantFunctional.Commands

/// A model of one output, and the input that it runs on.
type Asked =
    {
        Bytes: byte array
        Inputs: Tensor list
        Settings: (string * string) list
    }

/// What a processor made of each model.
type Answers =
    {
        Processor: string
        Outputs: Result<Tensor, string> list
    }

/// Runs the layers on processors, and explains what they give.
[<RequireQualifiedAccess>]
module Findings =

    let private answers (run: Job list -> Result<unit, string> list) (processor: Processor) (jobs: Job list) : Answers =
        {
            Processor = processor.Name
            Outputs =
                List.zip jobs (run jobs)
                |> List.map (fun (job, outcome) ->
                    outcome |> Result.map (fun () -> List.head (Seq.head (Tensor.readSamples job.Result))))
        }

    /// Runs models on every processor that can be had; the others are skipped with a line.
    let ask (processors: Processor list) (models: Asked list) : Answers list =
        use place = new Workplace()

        models
        |> List.iteri (fun index model ->
            File.WriteAllBytes(place.File $"{index}.onnx", model.Bytes)
            Tensor.writeSamples (place.File $"{index}.in") [ model.Inputs ])

        processors
        |> List.choose (fun processor ->
            match Emulator.start processor with
            | Ok run -> Some(processor, run)
            | Error reason ->
                Output.say $"skipped: {processor.Name}, for {reason}"
                None)
        |> Array.ofList
        |> Array.Parallel.map (fun (processor, run) ->
            models
            |> List.mapi (fun index model ->
                {
                    Model = place.File $"{index}.onnx"
                    Feed = place.File $"{index}.in"
                    Result = place.File $"{index}.{processor.Name}"
                    Settings = model.Settings
                })
            |> answers run processor)
        |> List.ofArray

    /// The ways of adding that give an output, the plainest first.
    let explained (layer: Layer) (output: Tensor) : Addition list =
        Addition.all
        |> List.filter (fun addition -> LayerModel.output layer (LayerSums.sums addition layer) = output)

    /// A layer with what every processor gave.
    let recorded (layer: Layer) (outputs: (string * Tensor) list) : RecordedLayer =
        {
            Name = layer.Name
            Settings = layer.Settings
            Model = LayerModel.ofLayer(layer).ToBytes()
            Inputs = LayerModel.inputs layer
            Results =
                outputs
                |> List.groupBy snd
                |> List.map (fun (output, given) ->
                    {
                        Processors = List.map fst given
                        Addition =
                            match explained layer output with
                            | first :: _ -> Addition.name first
                            | [] -> null
                        Output = output
                    })
        }

namespace QuantFunctional.Processors

open System
open System.IO
open QuantFunctional.Cli
open QuantFunctional.Commands

/// Makes the recording of the kernels, or checks it.
[<RequireQualifiedAccess>]
module RecordReport =

    /// The committed recording.
    let file: string = Path.Combine("tests", "Processors", "recordings", "kernels.zip")

    let private kind (name: string) : string = name.Substring(0, name.LastIndexOf ',')

    /// A line for each kind of layer: how products are added where.
    let private table (layers: RecordedLayer list) : unit =
        let sentence (layer: RecordedLayer) =
            layer.Results
            |> List.map (fun result ->
                let addition = Option.ofObj result.Addition |> Option.defaultValue "something else"
                $"""{addition} on {String.concat ", " result.Processors}""")
            |> String.concat "; "

        layers
        |> List.groupBy (fun layer -> kind layer.Name, sentence layer)
        |> List.map (fun ((kind, sentence), layers) -> [ kind; string layers.Length; sentence ])
        |> Output.printTable
            [
                TextTable.Left "kernel"
                TextTable.Right "layers"
                TextTable.Left "products are added"
            ]

    let private report
        (passed: bool)
        (layers: RecordedLayer list)
        (faults: string list)
        (verdict: string)
        : Output.Report =
        {
            Passed = passed
            Show =
                fun () ->
                    table layers

                    for fault in faults do
                        printfn $"{fault}"

                    printfn $"{verdict}"
            Document =
                {|
                    Passed = passed
                    Faults = faults
                    Layers =
                        [
                            for layer in layers ->
                                {|
                                    Name = layer.Name
                                    Results =
                                        [
                                            for result in layer.Results ->
                                                {|
                                                    Processors = result.Processors
                                                    Addition = result.Addition
                                                |}
                                        ]
                                |}
                        ]
                |}
        }

    /// The processors that a recording holds: the emulated ones, which are the same everywhere.
    let private emulated: Processor list =
        Processor.all |> List.filter (fun processor -> processor.Machine <> Machine.Native)

    /// Runs every layer on every emulated processor and writes what they gave.
    let record (path: string) : Output.Report =
        let layers = Questions.all

        let answers =
            layers
            |> List.map (fun layer ->
                {
                    Bytes = LayerModel.ofLayer(layer).ToBytes()
                    Inputs = LayerModel.inputs layer
                    Settings = layer.Settings
                })
            |> Findings.ask emulated

        if answers.Length < emulated.Length then
            Output.refuse "record: a recording needs every emulated processor; see what was skipped."

        let recorded =
            layers
            |> List.mapi (fun index layer ->
                answers
                |> List.map (fun answer ->
                    match answer.Outputs[index] with
                    | Ok output -> answer.Processor, output
                    | Error reason -> Output.fail $"{layer.Name}: {answer.Processor} does not run it: {reason}")
                |> Findings.recorded layer)

        Recording.write path recorded
        report true recorded [] $"{recorded.Length} layers are in {path}, {FileInfo(path).Length} bytes."

    /// What of a recording is no longer what is made today: the models, and the explanations of what they gave.
    let private outdated (path: string) (recorded: RecordedLayer list) : string list =
        let today = Questions.all

        if
            (today |> List.map (fun layer -> layer.Name, LayerModel.ofLayer(layer).ToBytes()))
            <> (recorded |> List.map (fun layer -> layer.Name, layer.Model))
        then
            [ $"{path}: its layers are not those that are made today; record it again." ]
        else
            [
                for layer, held in List.zip today recorded do
                    for result in held.Results do
                        let explained =
                            Findings.explained layer result.Output |> List.tryHead |> Option.map Addition.name

                        if explained <> Option.ofObj result.Addition then
                            let processors = String.concat ", " result.Processors
                            $"{layer.Name}: the recorded way of adding does not give what {processors} gave."
            ]

    /// Runs the layers of a recording on the processors that can be had, and names what differs; also a layer whose
    /// model is no longer the one that is made today.
    let check (path: string) : Output.Report =
        let recorded = Recording.read path

        let outdated = outdated path recorded

        let answers =
            recorded
            |> List.map (fun layer ->
                {
                    Bytes = layer.Model
                    Inputs = layer.Inputs
                    Settings = layer.Settings
                })
            |> Findings.ask emulated

        let different =
            [
                for answer in answers do
                    for layer, output in List.zip recorded answer.Outputs do
                        let held =
                            layer.Results |> List.find (fun result -> List.contains answer.Processor result.Processors)

                        match output with
                        | Ok output when output = held.Output -> ()
                        | Ok _ -> $"{layer.Name}: {answer.Processor} gives something else than was recorded."
                        | Error reason -> $"{layer.Name}: {answer.Processor} does not run it: {reason}"
            ]

        let faults = outdated @ different
        let names = answers |> List.map _.Processor |> String.concat ", "

        report
            faults.IsEmpty
            recorded
            faults
            (if faults.IsEmpty then
                 $"all {recorded.Length} layers are as recorded on {names}."
             else
                 $"NOT AS RECORDED: {faults.Length} faults.")

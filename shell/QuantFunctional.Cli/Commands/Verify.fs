module QuantFunctional.Cli.Commands.Verify

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Formats
open QuantFunctional.Onnx

let private certifyPlan (file: string) (profile: string option) (name: string option) : CertificateReport =
    let plans =
        PlannedLayer.onProcessor file (fun () -> PlanFiles.readLayers file) profile

    let certificate = plans.Certify(Option.toObj name)

    match name, certificate.Layers.Count, certificate.NothingToVerify.Count with
    | Some name, 0, 0 ->
        let names =
            [
                for layer in plans.Layers -> layer.Name
                yield! plans.NothingToVerify
            ]

        PlannedLayer.noLayer file names name
    | None, 0, 0 -> Output.refuse Diagnostics.NoLayers $"{file}: it holds no layer, so there is nothing to verify."
    | _, 0, _ ->
        let names = certificate.NothingToVerify |> String.concat ", "

        Output.refuse
            Diagnostics.WeightsAlone
            $"{file}: there is nothing to verify in {names}, of which the weights alone are integers."
    | _ -> certificate

let private columns =
    [
        TextTable.Left "Layer"
        TextTable.Right "Channels"
        TextTable.Left "Passed"
        TextTable.Right "Largest error in steps"
        TextTable.Right "Violations"
        TextTable.Right "Notices"
    ]

let private row (layer: LayerCertificateReport) : string list =
    [
        layer.Name
        Output.grouped layer.Channels
        (if layer.Passed then "yes" else "no")
        (match layer.ErrorBound with
         | null -> "unbounded"
         | bound -> Output.fixedPoint 3 bound.Steps)
        Output.grouped layer.Violations.Count
        Output.grouped layer.Notices.Count
    ]

/// What drives a channel there, without one number for each weight.
let private witness (violation: ViolationReport) : string =
    match violation.Witness with
    | null -> ""
    | inputs ->
        let values =
            inputs
            |> Seq.countBy id
            |> Seq.sortDescending
            |> Seq.map (fun (value, count) ->
                let inputs = Output.counted count "input"
                $"{inputs} of {value}")
            |> String.concat " and "

        $" Reached with {values}."

/// How many violations of a layer are told in full, and of how many layers.
let private mostViolations, private mostLayers = 4, 8

/// How many notices are told in full: those of a few layers.
let private mostNotices = 8

/// Some things by their kinds, the most first: 12 saturation, 3 overflow.
let private byKind (kinds: string seq) : string =
    kinds
    |> Seq.countBy id
    |> Seq.sortBy (fun (kind, count) -> -count, kind)
    |> Seq.map (fun (kind, count) -> $"{Output.grouped count} {kind}")
    |> String.concat ", "

/// The violations of the layers that have the most.
let private showViolations (layers: LayerCertificateReport seq) : unit =
    let worst =
        layers
        |> Seq.filter (fun layer -> layer.Violations.Count > 0)
        |> Seq.sortBy (fun layer -> -layer.Violations.Count)
        |> List.ofSeq

    for layer in List.truncate mostLayers worst do
        for violation in Seq.truncate mostViolations layer.Violations do
            Output.print $"{layer.Name}: {violation.Message}.{witness violation} [{violation.Code}]"

        if layer.Violations.Count > mostViolations then
            let more = Output.counted (layer.Violations.Count - mostViolations) "violation"
            Output.print $"{layer.Name}: {more} more, which --json lists."

    match worst |> List.skip (min mostLayers worst.Length) with
    | [] -> ()
    | others ->
        let kinds =
            byKind (others |> Seq.collect (fun layer -> layer.Violations |> Seq.map _.Kind))

        let count = Output.counted others.Length "other layer"
        Output.print $"{count}: {kinds}, which --layer NAME shows of a layer and --json of all."

let private showNotices (layers: LayerCertificateReport seq) : unit =
    let notices =
        [
            for layer in layers do
                for notice in layer.Notices -> layer.Name, notice
        ]

    if notices.Length <= mostNotices then
        for name, notice in notices do
            Output.print $"{name}: notice: {notice.Message}. [{notice.Code}]"
    else
        let count = Output.counted notices.Length "notice"
        let kinds = byKind (notices |> Seq.map (fun (_, notice) -> notice.Kind))
        Output.print $"{count} ({kinds}), which --layer NAME shows of a layer and --json of all."

let private show (certificate: CertificateReport) : unit =
    Output.printTable columns (certificate.Layers |> Seq.map row |> List.ofSeq)

    showViolations certificate.Layers
    BetweenLayers.showJoins certificate.Joins
    BetweenLayers.showProducts (BetweenLayers.products certificate)

    showNotices certificate.Layers

let private showWeightsAlone (certificate: CertificateReport) : unit =
    for name in certificate.NothingToVerify do
        Output.print $"{name}: nothing to verify; the weights alone are integers."

/// What was not looked at.
let private showFloats (all: bool) (floats: FloatNode list) : unit =
    if not floats.IsEmpty then
        Graph.showFloats "Not on integers" all floats

let private showJson (certificate: CertificateReport) : unit =
    Output.writeJson (fun out -> CertificateFile.Write(out, certificate))

let private verify (arguments: ParseResults<VerifyArgument>) : unit =
    let file = arguments.GetResult VerifyArgument.Plan
    let output = arguments.TryGetResult VerifyArgument.Output
    let force = arguments.Contains VerifyArgument.Force

    match output with
    | Some output ->
        OptionValues.refuseInputs [ file; PlanFile.ArraysPath file ] output
        AtomicFile.Check(output, force)
    | None when force ->
        Output.refuse Diagnostics.OptionNeedsAnother "--force: goes with -o, which names the file to replace."
    | None -> ()

    let profile = arguments.TryGetResult VerifyArgument.Profile
    let layer = arguments.TryGetResult VerifyArgument.Layer

    Progress.reading (arguments.Contains VerifyArgument.Verbose) [ file ]
    let isModel = ExecuteModel.isModel file

    let certificate, floats =
        if isModel then
            VerifyModel.certify file profile layer
        else
            certifyPlan file profile layer, []

    output |> Option.iter (fun output -> CertificateFile.Write(output, certificate, force))

    if arguments.Contains VerifyArgument.Json then
        showJson certificate
    else
        show certificate

        if isModel then
            showFloats (arguments.Contains VerifyArgument.All) floats
        else
            showWeightsAlone certificate

    if not certificate.Passed then
        let layers =
            [
                for layer in certificate.Layers do
                    if not layer.Passed then
                        layer.Name
            ]

        let joins =
            [
                for join in certificate.Joins do
                    if not join.Passed then
                        join.Name
            ]

        let products =
            [
                for product in BetweenLayers.products certificate do
                    if not product.Passed then
                        product.Name
            ]

        let broken = layers @ joins @ products
        let names = broken |> List.truncate 3 |> String.concat ", "

        let count =
            [ layers.Length, "layer"; joins.Length, "join"; products.Length, "product" ]
            |> List.filter (fun (count, _) -> count > 0)
            |> List.map (fun (count, noun) -> Output.counted count noun)
            |> String.concat " and "

        let remedy =
            if isModel then
                VerifyModel.remedy file certificate
            else
                " Plan it again, which leaves nothing of the kind for the profile that it plans for; --json has every place."

        let message = $"{file}: {count} did not pass, the first of them: {names}.{remedy}"

        raise (Diagnostics.NotProved.Fault(message, file = file, node = List.head broken))

let run (arguments: ParseResults<VerifyArgument>) (cancel: CancellationToken) : Task =
    if VerifyWeights.isMeant arguments then
        VerifyWeights.run arguments cancel
    else
        match arguments.TryGetResult VerifyArgument.Against with
        | Some against -> Recheck.run arguments against
        | None -> verify arguments

        Task.CompletedTask

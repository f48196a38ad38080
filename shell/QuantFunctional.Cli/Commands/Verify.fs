module QuantFunctional.Cli.Commands.Verify

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Formats

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

        let nearest = Nearest.names 3 names name |> String.concat ", "
        let total = Output.counted names.Length "layer"
        Output.refuse $"--layer: {file} has no layer '{name}'; nearest of its {total}: {nearest}."
    | None, 0, 0 -> Output.refuse $"{file}: it holds no layer, so there is nothing to verify."
    | _, 0, _ ->
        let names = certificate.NothingToVerify |> String.concat ", "
        Output.refuse $"{file}: there is nothing to verify in {names}, of which the weights alone are integers."
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

/// How many violations of a layer are told in full.
let private mostViolations = 4

/// How many notices are told in full: those of a few layers.
let private mostNotices = 8

/// What the arithmetics of the profile make of the joins; one arithmetic alone has nobody to agree with.
let private showJoins (joins: JoinCertificateReport seq) : unit =
    let compared =
        joins |> Seq.filter (fun join -> join.Arithmetics.Count > 1) |> List.ofSeq

    let agree = compared |> List.filter _.Passed |> List.length

    if agree > 0 then
        Output.print $"""{Output.counted agree "join"}: every arithmetic gives the same byte for all pairs of inputs."""

    for join in compared do
        for violation in join.Violations do
            Output.print
                $"{join.Name} ({join.Operator}): {violation.Message}; 'quantfn repair' mends a model, and --profile \
                onnxruntime-vnni is enough for one that only ever runs with VNNI."

let private show (certificate: CertificateReport) : unit =
    Output.printTable columns (certificate.Layers |> Seq.map row |> List.ofSeq)

    for layer in certificate.Layers do
        for violation in Seq.truncate mostViolations layer.Violations do
            Output.print $"{layer.Name}: {violation.Message}.{witness violation}"

        if layer.Violations.Count > mostViolations then
            let more = Output.counted (layer.Violations.Count - mostViolations) "violation"
            Output.print $"{layer.Name}: {more} more, which --json lists."

    showJoins certificate.Joins

    let notices =
        [
            for layer in certificate.Layers do
                for notice in layer.Notices -> $"{layer.Name}: notice: {notice.Message}."
        ]

    if notices.Length <= mostNotices then
        List.iter Output.print notices
    else
        let count = Output.counted notices.Length "notice"
        Output.print $"{count}, which --layer NAME shows of a layer and --json of all."

let private showWeightsAlone (certificate: CertificateReport) : unit =
    for name in certificate.NothingToVerify do
        Output.print $"{name}: nothing to verify; the weights alone are integers."

let private showJson (certificate: CertificateReport) : unit =
    use out = Console.OpenStandardOutput()
    CertificateFile.Write(out, certificate)

let private verify (arguments: ParseResults<VerifyArgument>) : unit =
    let file = arguments.GetResult VerifyArgument.Plan
    let output = arguments.TryGetResult VerifyArgument.Output
    let force = arguments.Contains VerifyArgument.Force

    match output with
    | Some output ->
        OptionValues.refuseInputs [ file; PlanFile.ArraysPath file ] output
        AtomicFile.Check(output, force)
    | None when force -> Output.refuse "--force: goes with -o, which names the file to replace."
    | None -> ()

    let profile = arguments.TryGetResult VerifyArgument.Profile
    let layer = arguments.TryGetResult VerifyArgument.Layer

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
            VerifyModel.showFloats floats
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

        let names = layers @ joins |> List.truncate 3 |> String.concat ", "

        let count =
            [ layers.Length, "layer"; joins.Length, "join" ]
            |> List.filter (fun (count, _) -> count > 0)
            |> List.map (fun (count, noun) -> Output.counted count noun)
            |> String.concat " and "

        let remedy = if isModel then VerifyModel.remedy file certificate else ""
        raise (QuantException(FaultKind.Failed, $"{file}: {count} did not pass, the first of them: {names}.{remedy}"))

let run (arguments: ParseResults<VerifyArgument>) (_: CancellationToken) : Task =
    match arguments.TryGetResult VerifyArgument.Against with
    | Some against -> Recheck.run arguments against
    | None -> verify arguments

    Task.CompletedTask

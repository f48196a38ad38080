/// What the search for a target tried and found, as text.
module QuantFunctional.Cli.Commands.TargetText

open System
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx

let private figure (kind: TargetKind) (number: float) : string =
    match kind with
    | TargetKind.Sqnr -> $"{OutputFigures.decibels number} dB"
    | TargetKind.Agreement -> Output.fixedPoint 4 number
    | _ -> $"{Output.fixedPoint 2 number} points"

let private wanted (report: TargetReport) : string =
    let value = Output.significant 6 report.Value

    match report.Kind with
    | TargetKind.Sqnr -> $"at least {value} dB"
    | TargetKind.Agreement -> $"agreement of at least {value}"
    | _ -> $"a drop of at most {value} points"

let private column (kind: TargetKind) : string =
    match kind with
    | TargetKind.Sqnr -> "SQNR"
    | TargetKind.Agreement -> "Agreement"
    | _ -> "Top-1 falls by"

let private share (report: TargetReport) (evaluation: TargetEvaluation) : string =
    OutputFigures.percent (report.ShareOf evaluation)

let private ended (report: TargetReport) : string =
    match report.EndedBy with
    | SearchEnd.Itself -> "ended by itself"
    | SearchEnd.Evaluations -> "ended by --evaluations"
    | _ -> "ended by --budget, so that another run may try others"

/// What the result reaches, as half a sentence.
let private reached (report: TargetReport) : string =
    match report.Result.Failure with
    | null ->
        let samples = Output.counted (int report.Samples) "sample"
        $"{figure report.Kind report.Result.Reached} on {samples} with {share report report.Result} of the multiply-adds in integers"
    | failure -> $"nothing, for nothing could be measured: {failure}"

/// The frontier, with the result where others of as many integers are a little nearer, and have more nodes in float.
let private shown (report: TargetReport) : TargetEvaluation list =
    let frontier = List.ofSeq (report.Frontier())

    if List.exists (fun one -> Object.ReferenceEquals(one, report.Result)) frontier then
        frontier
    else
        report.Result :: frontier |> List.sortBy (fun one -> -one.IntegerMultiplyAdds, one.InFloat.Count)

let show (report: TargetReport) : unit =
    let verdict = if report.IsMet then "met" else "not met"
    let networks = Output.counted report.Evaluations.Count "network"

    let known =
        if report.FromFiles = 0 then
            ""
        else
            $", {report.FromFiles} of them known from files"

    Output.print $"Target     {wanted report}: {verdict}, {reached report}"
    Output.print $"Searched   {networks}{known}; {ended report}"

    match report.WorkFolder with
    | null -> ()
    | folder -> Output.print $"Work       {folder}"

    Output.print ""
    Output.print "The most integers for each error, of the networks that were tried"

    Output.printTable
        [
            TextTable.Right "In integers"
            TextTable.Right(column report.Kind)
            TextTable.Right "Nodes\nin float"
            TextTable.Left "Target"
        ]
        [
            for evaluation in shown report ->
                [
                    share report evaluation
                    figure report.Kind evaluation.Reached
                    $"{evaluation.InFloat.Count}"
                    if Object.ReferenceEquals(evaluation, report.Result) then
                        "this one"
                    elif evaluation.IsMet then
                        "met"
                    else
                        "missed"
                ]
        ]

    Output.print ""

/// Fails where the best network that was found, and written, misses the target.
let require (model: string) (output: string | null) (report: TargetReport) : unit =
    if not report.IsMet then
        let written =
            match output with
            | null -> "nothing was written"
            | file -> $"the best was written to {file}"

        Output.refuse
            Diagnostics.TargetNotMet
            $"{model}: the target, {wanted report}, was not met: the best of {report.Evaluations.Count} networks reaches {reached report}; {written}. Ask for less, try more (--evaluations, --budget), or calibrate with other samples."

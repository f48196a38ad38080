/// What was chosen by measurement, and what a search for a target tried.
module internal QuantFunctional.Report.Choices

open System
open Giraffe.ViewEngine
open QuantFunctional.Onnx

let private names (title: string) (told: string list) : XmlNode =
    Html.folded $"{title}: {Text.grouped told.Length}" [ ul [] [ for name in told -> li [] [ Html.name' name ] ] ]

let private kept (choices: MeasuredChoices) : XmlNode list =
    let groups =
        [
            "Layers whose output channels are multiplied by powers of two", List.ofSeq choices.Equalized
            "Layers whose input channels are in another order", List.ofSeq choices.Ordered
            "Tensors with the least squares range", List.ofSeq choices.Narrowed
            "Layers with corrected biases", List.ofSeq choices.Corrected
            "Layers whose weights are rounded by second moments", List.ofSeq choices.Rounded
        ]

    [
        Html.paragraph
            $"""{Text.counted choices.Measurements "network"} were measured on held-back samples; a choice was kept only where it lowers the error of the outputs."""
        for title, told in groups do
            if told.IsEmpty then
                Html.paragraph $"{title}: none."
            else
                names title told
    ]

let private figure (kind: TargetKind) (number: float) : string =
    match kind with
    | TargetKind.Sqnr -> Text.decibels number
    | TargetKind.Agreement -> Text.percent 2 number
    | _ -> $"{Text.fixedPoint 2 number} points"

let private quantity (kind: TargetKind) : string =
    match kind with
    | TargetKind.Sqnr -> "signal to noise in dB"
    | TargetKind.Agreement -> "agreement in %"
    | _ -> "fall of top-1 in points"

let private plot (report: TargetReport) : Plot option =
    let scale = if report.Kind = TargetKind.Agreement then 100.0 else 1.0

    let points (evaluations: TargetEvaluation seq) =
        [
            for one in evaluations do
                if isNull one.Failure && Double.IsFinite one.Reached then
                    100.0 * report.ShareOf one, scale * one.Reached, Text.counted one.InFloat.Count "node" + " in float"
        ]

    match points report.Evaluations with
    | [] -> None
    | all ->
        Some
            {
                Chart =
                    Plots.frontier
                        "multiply-adds in integers, in %"
                        (quantity report.Kind)
                        all
                        (points (report.Frontier()))
                        (points [ report.Result ])
                        (scale * report.Value)
                Height = 380
                Caption =
                    [
                        str
                            "Every network that was tried. The line joins those that no other one beats in both; the dashed one is the target."
                    ]
            }

let private target (report: TargetReport) : XmlNode list =
    let verdict = if report.IsMet then "was met" else "was not met"

    let ended =
        match report.EndedBy with
        | SearchEnd.Itself -> "The search ended by itself."
        | SearchEnd.Evaluations -> "The search ended after as many networks as were allowed."
        | _ -> "The search ended when its time was over, so that another run may try other networks."

    [
        Html.paragraph
            $"""The target, {quantity report.Kind} of {figure report.Kind report.Value}, {verdict}: the result reaches {figure report.Kind report.Result.Reached} on {Text.counted (int report.Samples) "sample"}, with {Text.percent 1 (report.ShareOf report.Result)} of the multiply-adds in integers. {ended}"""
        match plot report with
        | Some plot -> Plots.figure' "plot-frontier" plot
        | None -> ()
        Html.folded
            $"""All {Text.counted report.Evaluations.Count "network"}"""
            [
                Html.textTable
                    [
                        Html.Right "In integers"
                        Html.Right "Reached"
                        Html.Right "Nodes in float"
                        Html.Left "Target"
                    ]
                    [
                        for one in report.Evaluations ->
                            [
                                Text.percent 1 (report.ShareOf one)
                                match one.Failure with
                                | null -> figure report.Kind one.Reached
                                | failure -> failure
                                Text.grouped one.InFloat.Count
                                if Object.ReferenceEquals(one, report.Result) then
                                    "the result"
                                elif one.IsMet then
                                    "met"
                                else
                                    "missed"
                            ]
                    ]
                    "Every network, in the order in which they were tried"
            ]
    ]

/// The section of what was measured to choose.
let section' (facts: ReportFacts) : XmlNode =
    Html.section'
        "choices"
        "What was chosen by measurement"
        [
            match facts.Quantization.Choices with
            | NonNull choices -> yield! kept choices
            | _ -> Html.paragraph "Nothing: no network was measured."
            match facts.Quantization.Target with
            | NonNull report -> yield! target report
            | _ -> ()
        ]

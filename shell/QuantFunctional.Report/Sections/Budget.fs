/// Where the error comes from.
module internal QuantFunctional.Report.Budget

open Giraffe.ViewEngine
open QuantFunctional.Onnx

let private most = 20

let private isActivation (rounding: RoundingLoss) =
    rounding.Kind = RoundingKind.Activations

let private kind (rounding: RoundingLoss) =
    if isActivation rounding then "activations" else "weights"

let private label (rounding: RoundingLoss) : string =
    if isActivation rounding then
        Text.short 26 rounding.Name
    else
        Text.short 24 rounding.Name + " w"

/// The longest bars first; those that cost nothing have none.
let private plot (budget: ErrorBudget) : Plot option =
    let costly =
        budget.WorstFirst
        |> Seq.filter (fun one -> System.Double.IsFinite one.Loss.SqnrDb)
        |> Seq.truncate most
        |> List.ofSeq

    let rows =
        [
            for one in costly ->
                let share = 100.0 * one.ShareOf budget.Whole

                let told =
                    $"{one.Name}<br>{kind one} of {one.Made}<br>{Text.decibels one.Loss.SqnrDb} alone"

                label one, share, Text.decibels one.Loss.SqnrDb, told, isActivation one
        ]

    if costly.IsEmpty || not (System.Double.IsFinite budget.Whole.SqnrDb) then
        None
    else
        Some
            {
                Chart = Plots.bars "noise alone, in % of that of all" ("activations", "weights (w)") rows
                Height = 96 + 24 * rows.Length
                Caption =
                    [
                        str
                            $"What each rounding costs alone, {Text.shown rows.Length budget.WorstFirst.Count}: the longer, the worse. The texts are the signal to noise of the whole network with that rounding only."
                    ]
            }

let private outputs (loss: MeasuredLoss) : string =
    loss.Outputs
    |> Seq.map (fun output -> $"{output.Name} {Text.decibels output.SqnrDb}")
    |> String.concat ", "

let private all (budget: ErrorBudget) : XmlNode =
    Html.table'
        [
            Html.Left "Rounded alone"
            Html.Left "What"
            Html.Left "Made by"
            Html.Right "Tensors"
            Html.Right "Signal to noise"
            Html.Right "Of all noise"
            Html.Left "Each output"
        ]
        [
            for one in budget.WorstFirst ->
                [
                    Html.name' one.Name
                    str (kind one)
                    str one.Made
                    str (Text.grouped one.Tensors.Count)
                    str (Text.decibels one.Loss.SqnrDb)
                    str (Text.percent 1 (one.ShareOf budget.Whole))
                    str (outputs one.Loss)
                ]
        ]
        "Every rounding alone, the worst first"

let private samples (budget: ErrorBudget) : string =
    let used = Text.counted (int budget.Samples) "held-back sample"

    if budget.Samples < budget.HeldBack then
        $"{Text.grouped budget.Samples} of {Text.grouped budget.HeldBack} held-back samples, since each rounding runs on each of them"
    else
        used

/// The budget's section.
let section' (facts: ReportFacts) : XmlNode =
    Html.section'
        "budget"
        "Where the error comes from"
        [
            match facts.Quantization.Budget with
            | NonNull budget ->
                Html.paragraph
                    $"Each rounding was done alone, all else in float, on {samples budget}. Such errors do not simply add up: what follows can amplify, hide or cancel them. The worst are where to begin: leave them in float, or look at their values below."

                Html.textTable
                    [ Html.Left "Rounded"; Html.Right "Signal to noise"; Html.Left "Each output" ]
                    [
                        [ "everything"; Text.decibels budget.Whole.SqnrDb; outputs budget.Whole ]
                        [
                            "all activations, no weights"
                            Text.decibels budget.Activations.SqnrDb
                            outputs budget.Activations
                        ]
                        [
                            "all weights, no activations"
                            Text.decibels budget.Weights.SqnrDb
                            outputs budget.Weights
                        ]
                    ]
                    "The whole network"

                match plot budget with
                | Some plot -> Plots.figure' "plot-budget" plot
                | None -> Html.paragraph "Nothing is lost that could be shown."

                Html.folded $"All {Text.grouped budget.WorstFirst.Count} roundings" [ all budget ]
            | _ -> Html.paragraph "Not measured: no output holds real numbers."
        ]

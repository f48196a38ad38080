/// What each layer paid, and how much head room is left.
module internal QuantFunctional.Report.Layers

open Giraffe.ViewEngine
open QuantFunctional
open QuantFunctional.Documents
open QuantFunctional.Onnx

/// Why planning started again, each cause once.
let private causes (plan: QuantizedLayer) : string =
    plan.Trace.Attempts
    |> Seq.choose (fun attempt ->
        match attempt.Outcome with
        | AttemptOutcome.Retried reason -> Some(reason.Message.Split(';')[0])
        | _ -> None)
    |> Seq.distinct
    |> String.concat "; "

let private growth (most: float) : string =
    if most = 1.0 then "–" else $"× {Text.fixedPoint 2 most}"

let private row (layer: NamedPlan) : XmlNode list =
    let known = Explainer.Facts(layer.Plan, layer.Name, layer.Operator)

    [
        Html.name' layer.Name
        str (
            match layer.Operator with
            | null -> "–"
            | operator -> operator
        )
        str (Text.grouped known.Channels.Length)
        str (Text.grouped known.Retries)
        str (causes layer.Plan)
        str (Text.grouped known.WeightBitsGivenUp)
        str (growth known.StepGrowthMost)
        str (Text.fixedPoint 2 known.WeightBits)
        str (Text.grouped known.BitsFree)
    ]

/// The layers' section.
let section' (facts: ReportFacts) : XmlNode =
    let layers = facts.Quantization.Plan.Layers

    let retried =
        facts.Quantization.Layers |> Seq.filter (fun layer -> layer.Retries > 0) |> Seq.length

    Html.section'
        "layers"
        "Retries and head room"
        [
            Html.paragraph
                $"""Planning started again in {retried} of {Text.counted layers.Count "layer"}, since a sum or a shift would not have fitted. Weight bits: how many of 8 are used in the channel that uses the fewest. Bits free: how often product, bias and their sum can double in the accumulator, for any input."""

            Html.folded
                $"""All {Text.counted layers.Count "layer"}"""
                [
                    Html.table'
                        [
                            Html.Left "Layer"
                            Html.Left "Operator"
                            Html.Right "Channels"
                            Html.Right "Retries"
                            Html.Left "Because"
                            Html.Right "Bits given up"
                            Html.Right "Step grew"
                            Html.Right "Weight bits"
                            Html.Right "Bits free"
                        ]
                        [ for layer in layers -> row layer ]
                        "Each layer, in the order of the data"
                ]
        ]

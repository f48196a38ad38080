/// How values and weights are distributed, for the roundings that cost most.
module internal QuantFunctional.Report.Histograms

open Giraffe.ViewEngine
open QuantFunctional.Onnx

let private height = 230

let private facts' (items: string list) : XmlNode =
    span [] [ str (String.concat "; " items) ]

let private tensor (index: int) (histogram: TensorHistogram) : XmlNode =
    let bins = Bins.ofHistogram histogram.Values
    let ofAll (count: int64) = float count / float (max 1L bins.All)

    let caption =
        [
            Html.name' histogram.Rounding.Name
            br []
            facts'
                [
                    $"{histogram.Rounding.Made}, {Text.decibels histogram.Rounding.Loss.SqnrDb} alone"
                    $"range {Text.significant 4 histogram.Low} to {Text.significant 4 histogram.High} in steps of {Text.significant 3 histogram.Step}"
                    if histogram.Clipped > 0.0 then
                        $"at least {Text.percent 4 histogram.Clipped} clipped"
                    else
                        "nothing clipped"
                    if bins.Zeros > 0L then
                        $"{Text.percent 1 (ofAll bins.Zeros)} exactly 0"
                ]
        ]

    Plots.figure'
        $"plot-tensor-{index}"
        {
            Chart = Plots.values bins histogram.Low histogram.High
            Height = height
            Caption = caption
        }

let private weights (index: int) (histogram: WeightHistogram) : XmlNode =
    let before, after = Bins.ofBoth histogram.Before histogram.After

    Plots.figure'
        $"plot-weights-{index}"
        {
            Chart = Plots.weightsOf before after
            Height = height
            Caption =
                [
                    Html.name' histogram.Rounding.Name
                    br []
                    facts'
                        [
                            $"{histogram.Rounding.Made}, {Text.decibels histogram.Rounding.Loss.SqnrDb} alone"
                            $"{Text.grouped before.All} weights, {Text.decibels histogram.SqnrDb} of their own"
                            if after.Zeros > before.Zeros then
                                $"{Text.grouped (after.Zeros - before.Zeros)} become 0"
                        ]
                ]
        }

let private ofKind (facts: ReportFacts) (kind: RoundingKind) : int =
    match facts.Quantization.Budget with
    | NonNull budget -> budget.WorstFirst |> Seq.filter (fun one -> one.Kind = kind) |> Seq.length
    | _ -> 0

let private grid (figures: XmlNode list) : XmlNode = div [ _class "grid" ] figures

/// Values and ranges of activations.
let tensors (facts: ReportFacts) : XmlNode =
    let all = ofKind facts RoundingKind.Activations

    Html.section'
        "values"
        "Values and ranges"
        [
            if facts.Tensors.Count = 0 then
                Html.paragraph "No tensor was counted."
            else
                Html.paragraph
                    $"The tensors whose rounding costs most: {Text.shown facts.Tensors.Count all}. Dashed lines are the ends of the range; what lies beyond is clipped to them. Counts are drawn on a logarithmic axis, values that are exactly 0 apart."

                grid [ for index, one in Seq.indexed facts.Tensors -> tensor index one ]
        ]

/// Weights before and after.
let layers (facts: ReportFacts) : XmlNode =
    let all = ofKind facts RoundingKind.Weights

    Html.section'
        "weights"
        "Weights before and after"
        [
            if facts.Weights.Count = 0 then
                Html.paragraph "No weights were rounded."
            else
                Html.paragraph
                    $"The layers whose weights cost most: {Text.shown facts.Weights.Count all}. Bars are the float weights, points what the integers stand for, in the same bins."

                grid [ for index, one in Seq.indexed facts.Weights -> weights index one ]
        ]

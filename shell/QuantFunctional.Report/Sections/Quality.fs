/// What the model is worth before and after, and what to know of it.
module internal QuantFunctional.Report.Quality

open Giraffe.ViewEngine
open QuantFunctional
open QuantFunctional.Onnx

let private nearness (output: OutputComparison) : string =
    if output.AreWholeNumbers && output.Equal < 1.0 then
        $"{Text.percent 2 output.Equal} equal"
    else
        Text.decibels output.SqnrDb

let private figure' (name: string) (value: string) (more: string) : XmlNode =
    div [ _class "key" ] [ dt [] [ str name ]; dd [] [ strong [] [ str value ]; span [] [ str more ] ] ]

/// The few numbers that everyone looks for.
let keyFigures (facts: ReportFacts) : XmlNode =
    let report = facts.Quantization

    let share =
        Text.percent 1 (float report.BytesAfter / float (max 1L report.BytesBefore))

    let worst (comparison: ComparisonReport) (on: string) =
        let output = comparison.Outputs |> Seq.minBy _.SqnrDb

        let name =
            if comparison.Outputs.Count > 1 then
                $"{output.Name}, the worst of {comparison.Outputs.Count} outputs, on {on}"
            else
                $"{output.Name}, on {on}"

        figure' "Signal to noise" (nearness output) name

    dl
        [ _class "keys" ]
        [
            figure' "Size" share $"{Text.grouped report.BytesBefore} → {Text.grouped report.BytesAfter} bytes"
            match report.Comparison, report.Check with
            | NonNull compared, _ when compared.Outputs.Count > 0 ->
                worst compared (Text.counted (int compared.Samples) "compared sample")
            | _, NonNull check when check.Outputs.Count > 0 ->
                worst check (Text.counted (int check.Samples) "calibration sample")
            | _ -> ()
            match report.Comparison with
            | NonNull compared when compared.FloatTop1.HasValue && compared.QuantizedTop1.HasValue ->
                let before, after = compared.FloatTop1.Value, compared.QuantizedTop1.Value
                figure' "Top-1" (Text.percent 2 after) $"{Text.percent 2 before} in float"
            | _ -> ()
            figure'
                "In integers"
                (Text.counted report.Layers.Count "layer")
                $"""{Text.counted report.LeftInFloat.Count "node"} left in float"""
        ]

let private outputs (title: string) (compared: ComparisonReport) : XmlNode =
    Html.table'
        [
            Html.Left "Output"
            Html.Right "Signal to noise"
            Html.Right "Agreement"
            Html.Right "Cosine"
            Html.Right "Largest error"
        ]
        [
            for output in compared.Outputs ->
                [
                    Html.name' output.Name
                    str (nearness output)
                    str (Text.percent 2 output.Agreement)
                    str (Text.fixedPoint 6 output.Cosine)
                    str (Text.significant 4 output.MaxAbsError)
                ]
        ]
        title

let private calibration (calibration: CalibrationReport) : XmlNode =
    Html.table'
        [
            Html.Left "Input"
            Html.Right "Smallest"
            Html.Right "Largest"
            Html.Right "Mean"
        ]
        [
            for input in calibration.Inputs ->
                [
                    Html.name' input.Name
                    str (Text.significant 4 input.Min)
                    str (Text.significant 4 input.Max)
                    str (Text.significant 4 input.Mean)
                ]
        ]
        $"""Calibrated on {Text.counted (int calibration.Samples) "sample"}; of {calibration.Tensors} tensors {calibration.Constant} took one value only, {calibration.Growing} were still growing"""

/// How near the outputs are to the float model's.
let quality (facts: ReportFacts) : XmlNode =
    let report = facts.Quantization

    Html.section'
        "quality"
        "Quality before and after"
        [
            Html.paragraph
                "Signal to noise is the size of an output beside its error, against the float model: at 20 dB the error is a tenth, at 40 dB a hundredth. Agreement is the share of largest elements that are the same."
            match report.Comparison with
            | NonNull compared ->
                outputs $"""Compared on {Text.counted (int compared.Samples) "sample"} of their own""" compared

                if compared.FloatTop1.HasValue && compared.QuantizedTop1.HasValue then
                    Html.textTable
                        [ Html.Left "Model"; Html.Right "Classified as labelled" ]
                        [
                            [ "float"; Text.percent 2 compared.FloatTop1.Value ]
                            [ "quantized"; Text.percent 2 compared.QuantizedTop1.Value ]
                        ]
                        "Top-1"
            | _ -> ()
            match report.Check with
            | NonNull check ->
                outputs $"""Checked on {Text.counted (int check.Samples) "sample"} of the calibration""" check
            | _ -> Html.paragraph "The result was not checked on calibration samples."
            match report.Calibration with
            | NonNull told -> calibration told
            | _ -> ()
        ]

/// What a user should know.
let warnings (facts: ReportFacts) : XmlNode =
    let report = facts.Quantization

    let compared =
        match report.Comparison with
        | NonNull compared -> List.ofSeq compared.Warnings
        | _ -> []

    let told = List.ofSeq report.Warnings @ compared

    let coded (code: string) (text: string) =
        li [] [ Html.name' code; str " "; str text ]

    Html.section'
        "warnings"
        "Warnings"
        [
            if told.IsEmpty && report.LayerWarnings.Count = 0 then
                Html.paragraph "None."
            else
                ul
                    [ _class "warnings" ]
                    [
                        for warning in told -> coded warning.Code warning.Message
                        for warning in report.LayerWarnings ->
                            let layers = warning.Layers |> Seq.truncate 6 |> String.concat ", "

                            let rest =
                                if warning.Layers.Count > 6 then
                                    $" and {warning.Layers.Count - 6} more"
                                else
                                    ""

                            coded
                                warning.Code
                                $"""{Text.counted warning.Layers.Count "layer"}: {warning.Cause} ({layers}{rest}). {warning.Remedy}"""
                    ]
        ]

/// What stayed in float, and where the integers hold.
module internal QuantFunctional.Report.Places

open Giraffe.ViewEngine
open QuantFunctional.Onnx

/// The nodes in float, by their reasons.
let floats (facts: ReportFacts) : XmlNode =
    let left = List.ofSeq facts.Quantization.LeftInFloat

    let reasons =
        left |> List.groupBy _.Reason |> List.sortBy (fun (_, nodes) -> -nodes.Length)

    Html.section'
        "float"
        "What stayed in float, and why"
        [
            if left.IsEmpty then
                Html.paragraph "Nothing."
            else
                Html.textTable
                    [ Html.Left "Reason"; Html.Right "Nodes"; Html.Left "Operators" ]
                    [
                        for reason, nodes in reasons ->
                            let operators =
                                nodes
                                |> List.countBy _.Operator
                                |> List.sortBy (fun (operator, count) -> -count, operator)
                                |> List.map (fun (operator, count) -> $"{count} {operator}")

                            [ reason; Text.grouped nodes.Length; String.concat ", " operators ]
                    ]
                    "Reasons, that of the most nodes first"

                Html.folded
                    $"""All {Text.counted left.Length "node"}"""
                    [
                        Html.table'
                            [ Html.Left "Node"; Html.Left "Operator"; Html.Left "Reason" ]
                            [
                                for node in left -> [ Html.name' node.Name; str node.Operator; str node.Reason ]
                            ]
                            "Every node in float, in the order of the data"
                    ]
        ]

let private kinds (operators: OperatorCount seq) : XmlNode =
    Html.textTable
        [ Html.Left "On"; Html.Right "Count"; Html.Left "Which" ]
        [
            for kind, those in operators |> Seq.groupBy _.Kind |> Seq.sortBy (fst >> int) ->
                [
                    $"{kind}".ToLowerInvariant()
                    Text.grouped (those |> Seq.sumBy _.Count)
                    those |> Seq.map (fun one -> $"{one.Operator} {one.Count}") |> String.concat ", "
                ]
        ]
        "Operators, as ONNX Runtime runs them"

/// Processors and releases.
let processors (facts: ReportFacts) : XmlNode =
    let report = facts.Quantization

    Html.section'
        "processors"
        "What each processor computes"
        [
            Html.paragraph report.Holds
            if facts.Processors.Count > 0 then
                Html.textTable
                    [ Html.Left "Processor"; Html.Left "Profile"; Html.Left "Integers" ]
                    [
                        for one in facts.Processors ->
                            [
                                one.Processor
                                one.Profile
                                if one.Holds then "the same, as planned" else "others"
                            ]
                    ]
                    "Processors"
            Html.paragraph $"{report.OldestRelease}"
            if report.Operators.Count > 0 then
                kinds report.Operators
        ]

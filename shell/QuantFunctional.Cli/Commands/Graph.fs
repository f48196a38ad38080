/// What two verbs say of a model's nodes.
module QuantFunctional.Cli.Commands.Graph

open System
open QuantFunctional.Cli
open QuantFunctional.Onnx

/// How many operators work on integers, on real numbers and so on, and which these are.
let showOperators (heading: string) (operators: OperatorCount seq) : unit =
    Output.print heading

    Output.printTable
        [ TextTable.Left "On"; TextTable.Right "Count"; TextTable.Left "Which" ]
        [
            for kind in Enum.GetValues<OperatorKind>() do
                let those =
                    operators |> Seq.filter (fun operator -> operator.Kind = kind) |> List.ofSeq

                if not those.IsEmpty then
                    [
                        $"{kind}".ToLowerInvariant()
                        $"{those |> List.sumBy _.Count}"
                        those |> List.map (fun those -> $"{those.Operator} {those.Count}") |> Output.enumerated
                    ]
        ]

/// Each node that stays in float, with its reason.
let showFloats (heading: string) (nodes: FloatNode seq) : unit =
    if Seq.isEmpty nodes then
        Output.print $"{heading}: nothing"
    else
        Output.print $"""{heading}: {Output.counted (Seq.length nodes) "node"}"""

    for node in nodes do
        Output.print $"  node {node.Name} ({node.Operator}): {node.Reason}"

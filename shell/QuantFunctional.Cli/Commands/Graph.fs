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

/// How many nodes are listed one by one without being asked for.
let listed = 8

/// How many reasons are told without being asked for: those of the most nodes.
let private mostReasons = 6

/// Some nodes by their operators: 10 ReduceMean, 5 Pow.
let private byOperator (nodes: FloatNode list) : string =
    nodes
    |> List.countBy _.Operator
    |> List.sortBy (fun (operator, count) -> -count, operator)
    |> List.map (fun (operator, count) -> $"{count} {operator}")
    |> String.concat ", "

let private showLine (line: string) : unit =
    for part in Wrapped.lines (Option.defaultValue 100 Terminal.width - 4) line |> List.indexed do
        match part with
        | 0, line -> Output.print $"  {line}"
        | _, line -> Output.print $"    {line}"

/// Many nodes with one reason after the other, that of the most nodes first.
let private showReasons (nodes: FloatNode list) : unit =
    let reasons =
        nodes |> List.groupBy _.Reason |> List.sortBy (fun (_, nodes) -> -nodes.Length)

    for reason, nodes in List.truncate mostReasons reasons do
        let example =
            if nodes.Length = 1 then
                nodes[0].Name
            else
                $"{nodes[0].Name} first"

        showLine $"{byOperator nodes} ({example}): {reason}"

    match reasons |> List.skip (min mostReasons reasons.Length) with
    | [] -> Output.print "  --all lists them"
    | others ->
        let nodes = Output.counted (others |> List.sumBy (snd >> List.length)) "node"
        Output.print $"""  {nodes} for {Output.counted others.Length "other reason"}; --all lists them"""

/// The nodes that stay in float: each with its reason, or grouped where there are many and not all are asked for.
let showFloats (heading: string) (all: bool) (nodes: FloatNode seq) : unit =
    let nodes = List.ofSeq nodes
    let count = Output.counted nodes.Length "node"

    match nodes with
    | [] -> Output.print $"{heading}: nothing"
    | _ when all || nodes.Length <= listed ->
        Output.print $"{heading}: {count}"

        for node in nodes do
            Output.print $"  node {node.Name} ({node.Operator}): {node.Reason}"
    | _ ->
        Output.print $"{heading}: {count}"
        showReasons nodes

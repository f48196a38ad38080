module QuantFunctional.Cli.Commands.Inspect

open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional.Cli
open QuantFunctional.Onnx

let private joined (sizes: 'size seq) : string =
    sizes |> Seq.map string |> String.concat " x "

let private showTensors (inspection: ModelInspection) : unit =
    let row (side: string) (tensor: TensorInfo) =
        [ side; tensor.Name; tensor.ElementType; joined tensor.Dims ]

    Output.printTable
        [
            TextTable.Left "Tensor"
            TextTable.Left "Name"
            TextTable.Left "Type"
            TextTable.Left "Shape"
        ]
        [
            for tensor in inspection.Inputs -> row "input" tensor
            for tensor in inspection.Outputs -> row "output" tensor
        ]

let private isPlanned (layer: InspectedLayer) : bool = isNull layer.Reason

let private multiplyAdds (layers: InspectedLayer seq) : int64 =
    layers |> Seq.sumBy (fun layer -> layer.MultiplyAdds.GetValueOrDefault())

/// How much of the arithmetic would be in integers, of the layers whose sizes are known.
let private share (layers: InspectedLayer seq) : string =
    let known = layers |> Seq.filter _.MultiplyAdds.HasValue |> Seq.toList
    let unknown = Seq.length layers - known.Length
    let all = multiplyAdds known

    let ofKnown =
        if unknown = 0 then
            ""
        else
            $""" ({Output.counted unknown "layer"} of free sizes not counted)"""

    if all = 0L then
        $"Multiply-adds of a sample: not known, since sizes are free{ofKnown}"
    else
        let planned = known |> Seq.filter isPlanned |> multiplyAdds
        let percent = Output.fixedPoint 1 (100.0 * float planned / float all)
        $"Multiply-adds of a sample: {Output.grouped all}, {percent} %% of them in integers{ofKnown}"

let private showLayers (layers: InspectedLayer seq) : unit =
    Output.print $"""Would be quantized: {Output.counted (layers |> Seq.filter isPlanned |> Seq.length) "layer"}"""

    Output.printTable
        [
            TextTable.Left "Layer"
            TextTable.Left "Operator"
            TextTable.Left "Weights"
            TextTable.Left "Bias"
            TextTable.Right "Multiply-adds"
            TextTable.Left "In integers"
        ]
        [
            for layer in layers ->
                [
                    layer.Name
                    layer.Operator
                    joined layer.WeightShape
                    (if layer.HasBias then "yes" else "no")
                    (if layer.MultiplyAdds.HasValue then
                         Output.grouped layer.MultiplyAdds.Value
                     else
                         "?")
                    (if isPlanned layer then "yes" else $"no: {layer.Reason}")
                ]
        ]

    if not (Seq.isEmpty layers) then
        Output.print (share layers)

let private showFile (operators: OperatorUse seq) : unit =
    Output.print $"Operators in the file: {operators |> Seq.sumBy _.Count}"

    [ for used in operators -> $"{used.Operator} {used.Count}" ]
    |> Output.enumerated
    |> _.Split('\n')
    |> Array.iter (fun line -> Output.print $"  {line}")

let private show (all: bool) (inspection: ModelInspection) : unit =
    Output.print $"{inspection.ModelPath}: opset {inspection.Opset}, {Output.grouped inspection.Bytes} bytes"

    Output.print ""
    showTensors inspection
    Output.print ""
    showFile inspection.OperatorsInFile
    Output.print ""

    if inspection.IsQuantized then
        Graph.showOperators "Quantized already. Operators, as ONNX Runtime runs them" inspection.Operators

        match inspection.OldestRelease with
        | null -> ()
        | release ->
            Output.print ""
            Output.print $"{release}"
    else
        showLayers inspection.Layers
        Output.print ""
        Graph.showOperators "Operators after folding, and what they would work on" inspection.Operators
        Output.print ""
        Graph.showFloats "Would stay in float" all inspection.LeftInFloat

        match inspection.InBrowsers with
        | null -> ()
        | sentence ->
            Output.print ""
            Output.print sentence

let run (arguments: ParseResults<InspectArgument>) (cancel: CancellationToken) : Task =
    let model = arguments.GetResult InspectArgument.Model
    let json = arguments.Contains InspectArgument.Json

    Progress.reading (arguments.Contains InspectArgument.Verbose) [ model ]

    task {
        let! inspection = OnnxQuantizer.InspectAsync(model, cancel)

        if json then
            Output.printJson inspection
        else
            show (arguments.Contains InspectArgument.All) inspection
    }

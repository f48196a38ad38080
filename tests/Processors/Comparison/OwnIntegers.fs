namespace QuantFunctional.Processors

open System
open System.Collections.Generic
open QuantFunctional
open QuantFunctional.Formats
open QuantFunctional.Onnx
open QuantFunctional.Onnx.Execution

/// What this library's own integers make of a model.
type OwnIntegers =
    {
        /// Why an output is not compared with them, by its name.
        Missing: Map<string, string>
        /// For each run the outputs that integers alone give, by their names.
        Runs: Map<string, Tensor> list
    }

/// Runs a model on this library's integers.
[<RequireQualifiedAccess>]
module OwnIntegers =

    let private realOf (tensor: Tensor) : RealArray<float32> =
        let values =
            if tensor.Type = Tensor.float32 then
                Tensor.floats tensor
            else
                Tensor.wholes tensor |> Array.map float32

        RealArray<float32>(ReadOnlyMemory values, tensor.Sizes |> Array.map int)

    let private outputs (model: IntegerModel) (given: string list) (inputs: Tensor list) : Map<string, Tensor> =
        let reals = Dictionary<string, RealArray<float32>>()

        for name, tensor in Seq.zip model.Inputs inputs do
            reals[name] <- realOf tensor

        let run = IntegerRun(model.Graph, reals)

        Map
            [
                for name in given ->
                    let real = run.Real name
                    name, Tensor.ofFloats (List.ofSeq real.Shape) (real.Values.ToArray())
            ]

    let private reason (model: IntegerModel) : string =
        match Seq.tryHead model.InFloat with
        | Some node -> $"node {node.Name} ({node.Operator}) works on real numbers: {node.Reason}"
        | None -> "no conversion from integers makes it"

    /// Runs the model on the inputs of each run; where an output cannot be had so, the reason.
    let run (subject: Subject) (feed: Tensor list seq) : OwnIntegers =
        let names = subject.Outputs |> List.map _.Name

        try
            let model = IntegerModel.Load subject.Model
            let given, missing = names |> List.partition model.Graph.Gives

            {
                Missing = Map [ for name in missing -> name, reason model ]
                Runs =
                    [
                        if not given.IsEmpty then
                            for inputs in feed -> outputs model given inputs
                    ]
            }
        with :? QuantException as fault ->
            let reason = fault.Message.Replace($"{subject.Model.Path}: ", "")

            {
                Missing = Map [ for name in names -> name, reason ]
                Runs = []
            }

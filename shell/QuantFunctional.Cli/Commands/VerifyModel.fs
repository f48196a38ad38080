module QuantFunctional.Cli.Commands.VerifyModel

open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Onnx

/// The certificates of a model's layers, and the nodes that no certificate speaks of.
let certify (file: string) (profile: string option) (layer: string option) : CertificateReport * FloatNode list =
    let model = ExecuteModel.load file profile

    if model.Layers.Count + model.Products.Count = 0 then
        let message =
            $"{file}: no layer of it runs on integers, so there is nothing to verify."

        Output.refuse message

    let isProduct (name: string) =
        model.Products |> Seq.exists (fun product -> product.Name = name)

    layer
    |> Option.filter (isProduct >> not)
    |> Option.iter (fun name -> ExecuteModel.findLayer file model name |> ignore)

    let certificate = model.Certify(Option.toObj layer)

    let inFloat =
        model.InFloat |> Seq.filter (fun node -> not (isProduct node.Name)) |> List.ofSeq

    certificate, (if layer.IsSome then [] else inFloat)

/// What was not looked at.
let showFloats (floats: FloatNode list) : unit =
    for node in floats do
        Output.print $"{node.Name} ({node.Operator}): not on integers: {node.Reason}."

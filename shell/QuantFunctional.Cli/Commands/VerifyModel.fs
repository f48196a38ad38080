module QuantFunctional.Cli.Commands.VerifyModel

open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Onnx

/// The certificates of a model's layers, and the nodes that no certificate speaks of.
let certify (file: string) (profile: string option) (layer: string option) : CertificateReport * FloatNode list =
    let model = ExecuteModel.load file profile

    if model.Layers.Count = 0 then
        let message =
            $"{file}: no layer of it runs on integers, so there is nothing to verify."

        Output.refuse message

    layer |> Option.iter (fun name -> ExecuteModel.findLayer file model name |> ignore)
    let certificate = model.Certify(Option.toObj layer)
    certificate, (if layer.IsSome then [] else List.ofSeq model.InFloat)

/// What was not looked at.
let showFloats (floats: FloatNode list) : unit =
    for node in floats do
        Output.print $"{node.Name} ({node.Operator}): not on integers: {node.Reason}."

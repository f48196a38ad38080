/// Plan documents, with the quantized model that was written with them where it is there.
module QuantFunctional.Cli.Commands.PlanFiles

open QuantFunctional.Documents
open QuantFunctional.Onnx

/// The plans of a document, once its model is known to be the one that it was written with.
let read (file: string) : PlanDocument =
    let document = PlanFile.Read file
    PlannedModel.Find(file, document.QuantizedModel) |> ignore
    document

/// The integers of a document's layers, likewise.
let readLayers (file: string) : CheckedLayers =
    let layers = PlanFile.ReadLayers file
    PlannedModel.Find(file, layers.QuantizedModel) |> ignore
    layers

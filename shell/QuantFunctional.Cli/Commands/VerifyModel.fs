module QuantFunctional.Cli.Commands.VerifyModel

open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Onnx

/// Why a model has nothing to verify: its first layer that does not run on integers, else its first node.
let private whyNone (model: IntegerModel) : string =
    let isLayer (node: FloatNode) =
        [ "Conv"; "MatMul"; "Gemm" ] |> List.exists node.Operator.Contains

    match Seq.tryFind isLayer model.InFloat, Seq.tryHead model.InFloat with
    | Some node, _
    | None, Some node -> $"; {node.Name} ({node.Operator}): {node.Reason}"
    | None, None -> ""

/// The certificates of a model's layers, and the nodes that no certificate speaks of.
let certify (file: string) (profile: string option) (layer: string option) : CertificateReport * FloatNode list =
    let model = ExecuteModel.load file profile

    for notice in model.Notices do
        Output.warn (ReportWarning(notice.Code, $"{file}: {notice.Message}.", notice.Node, notice.Remedy))

    if model.Layers.Count + model.Products.Count = 0 then
        if ModelWeights.AreIntegers file then
            Output.refuse
                Diagnostics.WeightsAlone
                $"{file}: its weights alone are integers, so that nothing can overflow. Hold them to their plan (--against PLAN.json), \
                or their errors to the nearest integers' (--float FLOAT.onnx)."

        Output.refuse
            Diagnostics.NoIntegerLayer
            $"{file}: no layer of it runs on integers, so there is nothing to verify{whyNone model}."

    let isProduct (name: string) =
        model.Products |> Seq.exists (fun product -> product.Name = name)

    layer
    |> Option.filter (isProduct >> not)
    |> Option.iter (fun name -> ExecuteModel.findLayer file model name |> ignore)

    let certificate = model.Certify(Option.toObj layer)

    let inFloat =
        model.InFloat |> Seq.filter (fun node -> not (isProduct node.Name)) |> List.ofSeq

    certificate, (if layer.IsSome then [] else inFloat)

/// What to do with a model that did not pass, as a sentence behind the verdict: sums and pairs that overflow can be mended,
/// and joins that differ. One processor's profile is no way out for a sum that overflows everywhere.
let remedy (file: string) (certificate: CertificateReport) : string =
    let kinds =
        set
            [
                for layer in certificate.Layers do
                    for violation in layer.Violations -> violation.Kind
                for join in certificate.Joins do
                    for violation in join.Violations -> violation.Kind
            ]

    let byProcessor = set [ "pair-overflow"; "join-disagrees" ]
    let repair = $" quantfn repair {file} mends it"

    let isBeyondSums =
        BetweenLayers.products certificate |> List.exists (_.Passed >> not)

    if isBeyondSums then
        " A product of two activations that adds so many is for a float operator: leave the node out of the integers."
    elif Set.isSubset kinds byProcessor then
        $"{repair}; where it only ever runs on x64 with VNNI, verify it with --profile onnxruntime-vnni."
    elif Set.isSubset kinds (byProcessor.Add "overflow") then
        $"{repair}."
    else
        ""

namespace QuantFunctional.Processors

open System
open System.IO
open Google.Protobuf
open QuantFunctional.Formats
open QuantFunctional.Onnx
open QuantFunctional.Onnx.Format
open QuantFunctional.Onnx.Model

/// Files as `quantize` writes them by default: of the sample, of the shared models where they are there, and of small networks,
/// each with something that asks for a release.
[<RequireQualifiedAccess>]
module ReleaseFiles =

    let private sampled =
        [
            "fashion",
            "samples/fashion/fashion.onnx",
            "samples/fashion/fashion.calibration.npz",
            "samples/fashion/fashion.test.npz"
            for model in [ "mnist"; "ic_resnet8"; "ocr_rec" ] do
                let file ending = $"../shared/models/{model}.{ending}"
                model, file "onnx", file "calibration.npz", file "test.npz"
            "ultraface",
            "../shared/models/ultraface.onnx",
            "../shared/models/ultraface.data.npz",
            "../shared/models/ultraface.data.npz"
        ]

    let private quantized
        (title: string)
        (model: string)
        (calibration: string)
        (test: string)
        (result: string)
        : Subject =
        let request =
            QuantizeRequest(Model = model, Calibration = calibration, OutputPath = result, Check = false)

        let report = OnnxQuantizer.QuantizeAsync(request).GetAwaiter().GetResult()

        { Subject.load report.QuantizedModel.Name test with
            Title = title
        }

    let private longs (name: string) (values: int64 array) : TensorProto =
        TensorData.Make(name, [ int64 values.Length ], ReadOnlySpan values)

    // what moves the stored integers themselves, where older releases may have kernels of real numbers alone
    let private padded (network: NetworkBuilder) (planes: Planes) : Planes =
        let pads = longs "pads" [| 0L; 0L; 1L; 1L; 0L; 0L; 1L; 1L |]
        network.Move("Pad", planes, [ pads ], (fun node -> NodeAttributes.SetString(node, "mode", "edge")), 8, 18)

    // one sample runs at a time
    let private reversed (network: NetworkBuilder) (planes: Planes) : Planes =
        let set (node: NodeProto) =
            NodeAttributes.SetInt(node, "batch_axis", 0L)
            NodeAttributes.SetInt(node, "time_axis", 1L)

        network.Move("ReverseSequence", planes, [ longs "lengths" [| 5L |] ], set, 8, 16)

    let private compressed (network: NetworkBuilder) (planes: Planes) : Planes =
        let kept =
            TensorData.Make(
                "kept",
                [ 8L ],
                TensorProto.Types.DataType.Bool,
                ReadOnlySpan [| 1uy; 0uy; 1uy; 1uy; 0uy; 1uy; 0uy; 1uy |]
            )

        network.Move("Compress", planes, [ kept ], (fun node -> NodeAttributes.SetInt(node, "axis", 1L)), 5, 16)

    let private largest (network: NetworkBuilder) (planes: Planes) : Planes =
        let set (node: NodeProto) =
            node.Output.Add $"{node.Name}.places"
            NodeAttributes.SetInt(node, "axis", 1L)

        network.Move("TopK", planes, [ longs "count" [| 5L |] ], set, 5, 16)

    /// A small network between two convolutions, by what it has between them, its opset and its version of the format.
    let private small: (string * (NetworkBuilder -> Planes -> Planes) * int64 * int64) list =
        [
            "convolutions alone", (fun _ planes -> planes), 13L, 7L
            "one tensor twice", (fun network planes -> network.Join("Add", planes, planes)), 13L, 7L
            "Sigmoid and Mul",
            (fun network planes -> network.Join("Mul", planes, network.Activate("Sigmoid", planes))),
            13L,
            7L
            "LeakyRelu", (fun network planes -> network.Activate("LeakyRelu", planes)), 15L, 8L
            "Where", (fun network planes -> network.Choose(planes, network.Convolve(planes, 8, 1, 1, 1))), 17L, 8L
            "Softmax", (fun network planes -> network.Activate("Softmax", planes)), 13L, 7L
            "Pad", padded, 13L, 7L
            "ReverseSequence", reversed, 13L, 7L
            "Compress", compressed, 13L, 7L
            "TopK", largest, 13L, 7L
            "opset 18", (fun _ planes -> planes), 18L, 8L
            "opset 20", (fun _ planes -> planes), 20L, 9L
            "opset 21", (fun _ planes -> planes), 21L, 10L
            "opset 22", (fun _ planes -> planes), 22L, 10L
        ]

    let private writeInputs (path: string) (seed: int) : unit =
        let random = Random seed
        let values = Array.init (32 * 3 * 16 * 16) (fun _ -> random.NextSingle() * 4f - 2f)
        use file = File.Create path
        NpyWriter.Write(file, ReadOnlySpan values, ReadOnlySpan [| 32L; 3L; 16L; 16L |])

    /// The same file with real biases, which other tools write.
    let private withRealBias (subject: Subject) (path: string) : Subject =
        let model = subject.Model.Clone()

        let constant (name: string) =
            model.Graph.Initializer |> Seq.find (fun tensor -> tensor.Name = name)

        for layer in model.Graph.Node |> Seq.filter (fun node -> node.OpType = "Conv") |> Seq.toList do
            let conversion =
                model.Graph.Node |> Seq.find (fun node -> node.Output[0] = layer.Input[2])

            let steps = TensorData.Floats(constant conversion.Input[1])

            let real =
                TensorData.Integers(constant conversion.Input[0])
                |> Array.mapi (fun channel value -> float32 value * steps[channel])

            model.Graph.Initializer.Add(
                TensorData.Make($"{layer.Name}.real_bias", [ int64 real.Length ], ReadOnlySpan real)
            )

            layer.Input[2] <- $"{layer.Name}.real_bias"
            model.Graph.Node.Remove conversion |> ignore

        File.WriteAllBytes(path, model.ToBytes())

        { Subject.load path subject.Data with
            Title = "real biases"
        }

    /// All files that can be made, in a folder.
    let all (folder: string) : Subject list =
        let file (name: string) = Path.Combine(folder, name)
        writeInputs (file "calibration.npy") 1
        writeInputs (file "test.npy") 2

        let drawn =
            small
            |> List.mapi (fun number (title, between, opset, irVersion) ->
                let network = NetworkBuilder(Random(number + 1))
                let first = network.Convolve(network.Input(3, 16), 8, 3, 1, 1)
                let last = network.Convolve(between network first, 4, 1, 1, 1)
                File.WriteAllBytes(file $"{number}.onnx", network.End(last, opset, irVersion).ToByteArray())

                quantized
                    title
                    (file $"{number}.onnx")
                    (file "calibration.npy")
                    (file "test.npy")
                    (file $"{number}.int8.onnx"))

        [
            for title, model, calibration, test in sampled do
                if File.Exists model then
                    quantized title model calibration test (file $"{title}.int8.onnx")
            yield! drawn
            withRealBias drawn.Head (file "real-bias.onnx")
        ]

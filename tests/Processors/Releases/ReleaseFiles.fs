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

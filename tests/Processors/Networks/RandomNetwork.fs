namespace QuantFunctional.Processors

open System
open System.IO
open Google.Protobuf
open QuantFunctional.Formats
open QuantFunctional.Onnx

/// Draws float networks of layers and joins, and quantizes them as `quantfn quantize` does by default.
[<RequireQualifiedAccess>]
module RandomNetwork =

    let private channels = 3
    let private side = 16
    let private samples = 64

    /// The input after one more block: a layer of some kind, or a join of two branches.
    let private block (random: Random) (network: NetworkBuilder) (from: Planes) (kind: int) : Planes =
        let some () = 2 * random.Next(3, 9)

        let maybeRelu (planes: Planes) =
            if random.Next 2 = 0 then
                network.Activate("Relu", planes)
            else
                planes

        let like (planes: Planes) (kernel: int) =
            network.Convolve(from, planes.Channels, kernel, 1, 1)

        match kind with
        | 0 -> network.Convolve(from, some (), 3, 1, 1) |> maybeRelu
        | 1 -> network.Convolve(from, some (), 1, 1, 1) |> maybeRelu
        | 2 -> network.Convolve(from, from.Channels, 3, 1, from.Channels) |> maybeRelu
        | 3 -> network.Convolve(from, from.Channels, 3, 1, 2) |> maybeRelu
        | 4 when from.Side >= 8 -> network.Convolve(from, some (), 3, 2, 1) |> maybeRelu
        | 5 when from.Side >= 8 -> network.Pool((if random.Next 2 = 0 then "MaxPool" else "AveragePool"), from)
        | 6 -> network.Join("Mul", like from 3, network.Activate("Sigmoid", like from 1))
        | _ -> network.Join("Add", from, like from 3 |> maybeRelu) |> maybeRelu

    let private draw (random: Random) =
        let network = NetworkBuilder random
        let first = network.Convolve(network.Input(channels, side), 16, 3, 1, 1)

        // every network has an Add and a Mul
        [| 6; 7; yield! Array.init 5 (fun _ -> random.Next 9) |]
        |> fun kinds ->
            random.Shuffle kinds
            kinds
        |> Array.fold (block random network) (network.Activate("Relu", first))
        |> fun planes -> network.Classify(planes, 10)

    let private writeInputs (random: Random) (path: string) : unit =
        let values =
            Array.init (samples * channels * side * side) (fun _ -> random.NextSingle() * 4f - 2f)

        use file = File.Create path
        let shape = [| samples; channels; side; side |] |> Array.map int64
        NpyWriter.Write(file, ReadOnlySpan values, ReadOnlySpan shape)

    /// The network of a number, quantized in a folder with the samples that it was calibrated on and as many others.
    let quantized (folder: string) (seed: int) (number: int) : Subject =
        let random = Random(seed + 1009 * number)

        let file (ending: string) =
            Path.Combine(folder, $"network-{number}{ending}")

        File.WriteAllBytes(file ".onnx", (draw random).ToByteArray())
        writeInputs random (file ".calibration.npy")
        writeInputs random (file ".test.npy")

        let request =
            QuantizeRequest(Model = file ".onnx", Calibration = file ".calibration.npy")

        let report = OnnxQuantizer.QuantizeAsync(request).GetAwaiter().GetResult()

        { Subject.load (report.QuantizedModel.Name) (file ".test.npy") with
            Title = $"network {number} of seed {seed}"
            DataName = "random inputs"
        }

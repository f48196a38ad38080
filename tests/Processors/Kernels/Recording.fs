namespace QuantFunctional.Processors

open System
open System.IO
open System.IO.Compression
open System.Text.Json

/// An output of a layer, and the processors that gave it.
type RecordedResult =
    {
        Processors: string list
        /// The way of adding that explains it; null where none of those that are tried does.
        Addition: string | null
        Output: Tensor
    }

/// A layer as a model of its own, and what ONNX Runtime gave on each processor.
type RecordedLayer =
    {
        Name: string
        Settings: (string * string) list
        Model: byte array
        Inputs: Tensor list
        /// One where all processors agree.
        Results: RecordedResult list
    }

/// What a line of the recording's list says.
type RecordedLine =
    {
        Name: string
        /// As KEY=VALUE.
        Settings: string array
        /// The bytes of the model.
        Model: int
        Results:
            {|
                Processors: string array
                Addition: string | null
            |} array
    }

/// The recording of the kernels: a zip with `layers.jsonl` (a line for each layer), `models` (the models one after the
/// other) and `tensors` (for each layer its inputs, then the output of each result, as a feed holds the tensors of a
/// sample).
[<RequireQualifiedAccess>]
module Recording =

    let private options =
        JsonSerializerOptions(PropertyNamingPolicy = JsonNamingPolicy.CamelCase)

    let private line (layer: RecordedLayer) : string =
        JsonSerializer.Serialize(
            {
                Name = layer.Name
                Settings = [| for key, value in layer.Settings -> $"{key}={value}" |]
                Model = layer.Model.Length
                Results =
                    [|
                        for result in layer.Results ->
                            {|
                                Processors = List.toArray result.Processors
                                Addition = result.Addition
                            |}
                    |]
            },
            options
        )

    /// Writes the recording; the same layers give the same content.
    let write (path: string) (layers: RecordedLayer list) : unit =
        use archive = new ZipArchive(File.Create path, ZipArchiveMode.Create)

        let entry (name: string) (write: Stream -> unit) =
            let entry = archive.CreateEntry(name, CompressionLevel.SmallestSize)
            entry.LastWriteTime <- DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero)
            use stream = entry.Open()
            write stream

        entry "layers.jsonl" (fun stream ->
            use text = new StreamWriter(stream, NewLine = "\n")
            layers |> List.iter (line >> text.WriteLine))

        entry "models" (fun stream -> layers |> List.iter (fun layer -> stream.Write(ReadOnlySpan layer.Model)))

        entry "tensors" (fun stream ->
            for layer in layers do
                Tensor.writeAll stream layer.Inputs

                for result in layer.Results do
                    Tensor.writeAll stream [ result.Output ])

    /// Reads a recording.
    let read (path: string) : RecordedLayer list =
        use archive = ZipFile.OpenRead path

        let opened (name: string) =
            match archive.GetEntry name with
            | null -> raise (InvalidDataException $"{path}: there is no entry `{name}`; record it again.")
            | entry -> entry.Open()

        use text = new StreamReader(opened "layers.jsonl")
        use models = new BinaryReader(opened "models")
        use tensors = new BinaryReader(opened "tensors")

        [
            for row in text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries) do
                match JsonSerializer.Deserialize<RecordedLine>(row, options) with
                | null -> raise (InvalidDataException $"{path}: a line of `layers.jsonl` is empty; record it again.")
                | line ->
                    {
                        Name = line.Name
                        Settings =
                            [
                                for setting in line.Settings ->
                                    let parts = setting.Split('=', 2)
                                    parts[0], parts[1]
                            ]
                        Model = models.ReadBytes line.Model
                        Inputs = Tensor.readAll tensors
                        Results =
                            [
                                for result in line.Results ->
                                    {
                                        Processors = List.ofArray result.Processors
                                        Addition = result.Addition
                                        Output = List.head (Tensor.readAll tensors)
                                    }
                            ]
                    }
        ]

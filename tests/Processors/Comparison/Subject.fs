namespace QuantFunctional.Processors

open System.Runtime.InteropServices
open QuantFunctional
open QuantFunctional.Commands
open QuantFunctional.Onnx.Samples
open QuantFunctional.Onnx.Format
open QuantFunctional.Onnx.Model

/// How far apart two elements of an output are, and in what unit.
[<RequireQualifiedAccess>]
type Unit =
    /// The output is dequantized: in steps of this size.
    | Steps of float32
    /// The output is real: in units in the last place.
    | LastPlaces
    /// The output is integers.
    | Integers

/// An output of a model.
type OutputFact = { Name: string; Unit: Unit }

/// A model that is to run on several processors.
type Subject =
    {
        /// What it is called: a path, or the number of a drawn network.
        Title: string
        Model: OnnxModel
        /// Where its samples are.
        Data: string
        /// What they are called.
        DataName: string
        /// The samples that a run takes: 1, or what the model fixes.
        Batch: int
        Outputs: OutputFact list
    }

/// Reads models, and their samples as feeds.
[<RequireQualifiedAccess>]
module Subject =

    let private firstSize (value: ValueInfoProto) : int64 option =
        value.Type
        |> Option.ofObj
        |> Option.bind (fun kind -> Option.ofObj kind.TensorType)
        |> Option.bind (fun tensor -> Option.ofObj tensor.Shape)
        |> Option.bind (fun shape -> Seq.tryHead shape.Dim)
        |> Option.map (fun dim -> if dim.HasDimValue then dim.DimValue else -1L)

    let private batch (model: OnnxModel) : int =
        match
            model.Inputs
            |> Seq.choose firstSize
            |> Seq.filter (fun size -> size > 1L)
            |> Seq.distinct
            |> List.ofSeq
        with
        | [] -> 1
        | [ size ] -> int size
        | sizes ->
            let listed = sizes |> List.map string |> String.concat ", "
            Output.refuse $"{model.Path}: its inputs fix several batches ({listed}); export it with one."

    let private outputFact (model: OnnxModel) (output: ValueInfoProto) : OutputFact =
        let step =
            model.Graph.Node
            |> Seq.tryFind (fun node -> node.OpType = "DequantizeLinear" && node.Output.Contains output.Name)
            |> Option.bind (fun node ->
                model.Graph.Initializer |> Seq.tryFind (fun tensor -> tensor.Name = node.Input[1]))
            |> Option.bind (fun tensor -> TensorData.Floats tensor |> Array.tryExactlyOne)

        {
            Name = output.Name
            Unit =
                match step with
                | Some step -> Unit.Steps step
                | None when output.Type.TensorType.ElemType = Tensor.float32 -> Unit.LastPlaces
                | None -> Unit.Integers
        }

    /// Reads a model. A fault is a QuantException.
    let load (path: string) (data: string) : Subject =
        let model = OnnxModel.Load path

        {
            Title = path
            Model = model
            Data = data
            DataName = data
            Batch = batch model
            Outputs = model.Graph.Output |> Seq.map (outputFact model) |> List.ofSeq
        }

    /// The model with a free batch, which samples are read for one by one.
    let private freed (model: OnnxModel) : OnnxModel =
        let copy = model.Clone()

        for input in copy.Inputs do
            if firstSize input |> Option.exists (fun size -> size > 1L) then
                input.Type.TensorType.Shape.Dim[0] <- TensorShapeProto.Types.Dimension(DimParam = "samples")

        copy

    let private tensorOf (input: InputBuffer) : Tensor =
        let value = input.Tensor

        {
            Type = int (value.GetTensorTypeAndShape().ElementDataType)
            Sizes = value.GetTensorTypeAndShape().Shape
            Bytes = value.GetTensorMutableRawData().ToArray()
        }

    /// One tensor of several samples from tensors of one sample.
    let private joined (samples: Tensor list) : Tensor =
        let first = List.head samples

        { first with
            Sizes = Array.append [| int64 samples.Length |] first.Sizes[1..]
            Bytes = samples |> Seq.map _.Bytes |> Array.concat
        }

    /// The inputs of each run, of whole batches; at most so many samples. Samples that fill no batch are left out.
    let feed (most: int option) (subject: Subject) : Tensor list seq =
        seq {
            use samples = SampleSource.Open(subject.Data, freed subject.Model)
            let wanted = most |> Option.map (fun most -> min (int64 most) samples.Count)
            let runs = defaultArg wanted samples.Count / int64 subject.Batch

            if runs = 0L then
                Output.refuse
                    $"{subject.Data}: {subject.Model.Path} takes {subject.Batch} samples at once, and there are fewer."

            for _ in 1L .. runs do
                let inputs =
                    [
                        for _ in 1 .. subject.Batch do
                            samples.MoveNext() |> ignore
                            [ for input in samples.Inputs -> tensorOf input ]
                    ]

                inputs |> List.transpose |> List.map joined
        }

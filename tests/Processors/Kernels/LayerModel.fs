namespace QuantFunctional.Processors

open System
open QuantFunctional.Onnx.Format
open QuantFunctional.Onnx.Model

/// Writes a layer as a model of one layer, and its numbers as the model's inputs.
[<RequireQualifiedAccess>]
module LayerModel =

    let private longs (values: int list) = List.map int64 values

    let private typeOf (signed: bool) =
        if signed then Tensor.int8 else Tensor.uint8

    let private stored (signed: bool) (name: string) (sizes: int list) (values: int array) : TensorProto =
        let kind = enum<TensorProto.Types.DataType>(typeOf signed)
        TensorData.Make(name, longs sizes, kind, ReadOnlySpan(values |> Array.map byte))

    let private value (name: string) (elementType: int) (sizes: int list) : ValueInfoProto =
        let shape = TensorShapeProto()

        for size in sizes do
            shape.Dim.Add(TensorShapeProto.Types.Dimension(DimValue = int64 size))

        let tensor = TypeProto.Types.Tensor(ElemType = elementType, Shape = shape)
        ValueInfoProto(Name = name, Type = TypeProto(TensorType = tensor))

    /// The sizes in the order of the model's axes.
    let private ordered (layer: Layer) (sizes: int list) : int list =
        if layer.Form = Form.ChannelsLast then
            sizes[0] :: List.skip 2 sizes @ [ sizes[1] ]
        else
            sizes

    let private addConstants (layer: Layer) (graph: GraphProto) : unit =
        let per (values: 'value list) =
            if values.Length = 1 then [] else [ values.Length ]

        let step (name: string) (values: float32 list) =
            graph.Initializer.Add(TensorData.Make(name, longs (per values), ReadOnlySpan(List.toArray values)))

        let zero signed (name: string) (values: int list) =
            graph.Initializer.Add(stored signed name (per values) (List.toArray values))

        if layer.WeightSource = WeightSource.Constant then
            graph.Initializer.Add(stored layer.WeightSigned "w" layer.WeightSizes layer.Weights)

        zero layer.WeightSigned "w.zero" layer.WeightZeros

        if layer.Form <> Form.Sums then
            step "w.step" layer.WeightSteps

        if layer.Form <> Form.Dynamic then
            zero layer.InputSigned "x.zero" [ layer.InputZero ]

            if layer.Form <> Form.Sums then
                step "x.step" [ layer.InputStep ]

        match layer.Form with
        | Form.Operator
        | Form.ChannelsLast
        | Form.Pairs ->
            step "y.step" [ layer.OutputStep ]
            zero layer.InputSigned "y.zero" [ layer.OutputZero ]
        | _ -> ()

    /// The model: the input first, then the weights where they are an input; one output.
    let ofLayer (layer: Layer) : OnnxModel =
        let graph = GraphProto(Name = "layer")
        let inputSizes = ordered layer layer.InputSizes

        graph.Input.Add(
            if layer.TakesReal then
                value "x.given" Tensor.float32 inputSizes
            else
                value "x" (typeOf layer.InputSigned) inputSizes
        )

        match layer.WeightSource with
        | WeightSource.Constant -> ()
        | WeightSource.Stored -> graph.Input.Add(value "w" (typeOf layer.WeightSigned) layer.WeightSizes)
        | WeightSource.Real -> graph.Input.Add(value "w.given" Tensor.float32 layer.WeightSizes)

        addConstants layer graph
        graph.Node.AddRange(LayerNodes.ofLayer layer)

        let outputType =
            if layer.Form = Form.Sums then
                Tensor.int32
            else
                Tensor.float32

        graph.Output.Add(value "y" outputType (ordered layer (LayerSums.outputSizes layer)))
        let model = ModelProto(IrVersion = 8L, Graph = graph)
        model.OpsetImport.Add(OperatorSetIdProto(Version = 13L))
        model.OpsetImport.Add(OperatorSetIdProto(Domain = LayerNodes.microsoft, Version = 1L))
        OnnxModel(layer.Name, model)

    /// Elements whose channels are the second axis in the order of the model.
    let private elements (layer: Layer) (sizes: int list) (values: 'value array) : 'value array =
        if layer.Form <> Form.ChannelsLast then
            values
        else
            let plane = List.fold (*) 1 (List.skip 2 sizes)

            [|
                for sample in 0 .. sizes[0] - 1 do
                    for place in 0 .. plane - 1 do
                        for channel in 0 .. sizes[1] - 1 -> values[(sample * sizes[1] + channel) * plane + place]
            |]

    /// The layer's numbers as the model takes them: real ones lie in the middle of their step.
    let inputs (layer: Layer) : Tensor list =
        let real (step: float32) (zero: int) =
            Array.map (fun stored -> float32 (stored - zero) * step)

        [
            if layer.TakesReal then
                elements layer layer.InputSizes layer.Inputs
                |> real layer.InputStep layer.InputZero
                |> Tensor.ofFloats (ordered layer layer.InputSizes)
            else
                Tensor.ofStored layer.InputSigned layer.InputSizes layer.Inputs

            match layer.WeightSource with
            | WeightSource.Constant -> ()
            | WeightSource.Stored -> Tensor.ofStored layer.WeightSigned layer.WeightSizes layer.Weights
            | WeightSource.Real ->
                layer.Weights |> real layer.WeightSteps[0] layer.WeightZeros[0] |> Tensor.ofFloats layer.WeightSizes
        ]

    /// The output that the model gives where the layer's sums are these.
    let output (layer: Layer) (sums: int array) : Tensor =
        let sizes = LayerSums.outputSizes layer
        let modelSizes = ordered layer sizes

        match LayerSums.outputs layer sums with
        | Choice1Of2 sums when layer.Form = Form.Sums -> Tensor.ofSums modelSizes sums
        | Choice1Of2 stored ->
            elements layer sizes stored
            |> Array.map (fun y -> float32 (y - layer.OutputZero) * layer.OutputStep)
            |> Tensor.ofFloats modelSizes
        | Choice2Of2 reals -> Tensor.ofFloats modelSizes (elements layer sizes reals)

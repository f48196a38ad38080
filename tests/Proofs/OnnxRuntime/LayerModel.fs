namespace QuantFunctional.Proofs

open System
open QuantFunctional.Onnx.Format
open QuantFunctional.Onnx.Model

/// Writes a random layer as a model of one layer in the form that ONNX Runtime runs on integers.
[<RequireQualifiedAccess>]
module LayerModel =

    let private longs (values: int list) = List.map int64 values

    let private zeros (signed: bool) (name: string) (zero: int) =
        if signed then
            TensorData.Make(name, [], ReadOnlySpan [| sbyte zero |])
        else
            TensorData.Make(name, [], ReadOnlySpan [| byte zero |])

    let private node (operator: string) (inputs: string list) (output: string) : NodeProto =
        let node = NodeProto(OpType = operator, Name = output)
        node.Input.AddRange inputs
        node.Output.Add output
        node

    let private value (name: string) (rank: int) : ValueInfoProto =
        let shape = TensorShapeProto()

        for axis in 1..rank do
            shape.Dim.Add(TensorShapeProto.Types.Dimension(DimParam = $"{name}{axis}"))

        let tensor =
            TypeProto.Types.Tensor(ElemType = int TensorProto.Types.DataType.Float, Shape = shape)

        ValueInfoProto(Name = name, Type = TypeProto(TensorType = tensor))

    let private layerNode (layer: RandomLayer) (inputs: string list) : NodeProto =
        match layer.Operator with
        | LayerOperator.Conv(kernel, strides, dilations, pads, group) ->
            let node = node "Conv" inputs "real"
            NodeAttributes.SetInts(node, "kernel_shape", longs kernel)
            NodeAttributes.SetInts(node, "strides", longs strides)
            NodeAttributes.SetInts(node, "dilations", longs dilations)
            NodeAttributes.SetInts(node, "pads", longs pads)
            NodeAttributes.SetInt(node, "group", int64 group)
            node
        | LayerOperator.Gemm transB ->
            let node = node "Gemm" inputs "real"
            NodeAttributes.SetInt(node, "transB", (if transB then 1L else 0L))
            node
        | LayerOperator.MatMul -> node "MatMul" inputs "real"

    /// The model: one input `x` of real numbers, one output `y`.
    let ofLayer (layer: RandomLayer) : OnnxModel =
        let graph = GraphProto(Name = "layer")
        let add (tensor: TensorProto) = graph.Initializer.Add tensor

        let steps name (values: float32 array) =
            let shape = if values.Length = 1 then [] else [ int64 values.Length ]
            add (TensorData.Make(name, shape, ReadOnlySpan values))

        let along (axis: int) (node: NodeProto) =
            NodeAttributes.SetInt(node, "axis", int64 axis)
            node

        let pair (tensor: string) (name: string) step zero =
            steps $"{name}.step" [| step |]
            add (zeros layer.Signed $"{name}.zero" zero)
            graph.Node.Add(node "QuantizeLinear" [ tensor; $"{name}.step"; $"{name}.zero" ] $"{name}.integers")
            graph.Node.Add(node "DequantizeLinear" [ $"{name}.integers"; $"{name}.step"; $"{name}.zero" ] name)

        graph.Input.Add(value "x" layer.InputSizes.Length)
        graph.Output.Add(value "y" layer.InputSizes.Length)
        pair "x" "stored" layer.InputStep layer.InputZero
        add (TensorData.Make("w.integers", longs layer.WeightSizes, ReadOnlySpan layer.Weights))
        steps "w.step" layer.WeightSteps

        let shape =
            if layer.WeightSteps.Length = 1 then
                []
            else
                [ int64 layer.WeightSteps.Length ]

        add (TensorData.Make("w.zero", shape, ReadOnlySpan(Array.zeroCreate<sbyte> layer.WeightSteps.Length)))
        graph.Node.Add(along layer.Axis (node "DequantizeLinear" [ "w.integers"; "w.step"; "w.zero" ] "w"))

        let bias =
            if layer.Bias.Length = 0 then
                []
            else
                add (TensorData.Make("b.integers", [ int64 layer.Bias.Length ], ReadOnlySpan layer.Bias))
                steps "b.step" (layer.WeightSteps |> Array.map (fun step -> layer.InputStep * step))
                add (TensorData.Make("b.zero", shape, ReadOnlySpan(Array.zeroCreate<int> layer.WeightSteps.Length)))
                graph.Node.Add(along 0 (node "DequantizeLinear" [ "b.integers"; "b.step"; "b.zero" ] "b"))
                [ "b" ]

        graph.Node.Add(layerNode layer ([ "stored"; "w" ] @ bias))

        if layer.Relu then
            graph.Node.Add(node "Relu" [ "real" ] "active")

        pair (if layer.Relu then "active" else "real") "y" layer.OutputStep layer.OutputZero
        let model = ModelProto(IrVersion = 8L, Graph = graph)
        model.OpsetImport.Add(OperatorSetIdProto(Version = 13L))
        OnnxModel("layer.onnx", model)

namespace QuantFunctional.Processors

open QuantFunctional.Onnx.Format
open QuantFunctional.Onnx.Model

/// The nodes of a layer's model. They read the real `x.given` (the stored `x` where the form is Sums), the stored `w`
/// (the real `w.given`) and steps and zero points, and make `y`.
[<RequireQualifiedAccess>]
module LayerNodes =

    /// The domain of ONNX Runtime's own operators.
    let microsoft = "com.microsoft"

    let private node (operator: string) (inputs: string list) (outputs: string list) : NodeProto =
        let node = NodeProto(OpType = operator, Name = outputs[0])
        node.Input.AddRange inputs
        node.Output.AddRange outputs
        node

    let private ofMicrosoft (node: NodeProto) : NodeProto =
        node.Domain <- microsoft
        node

    let private longs (values: int list) = List.map int64 values

    let private withGeometry (layer: Layer) (node: NodeProto) : NodeProto =
        match layer.Operator with
        | LayerOperator.Conv(kernel, strides, dilations, pads, group) ->
            NodeAttributes.SetInts(node, "kernel_shape", longs kernel)
            NodeAttributes.SetInts(node, "strides", longs strides)
            NodeAttributes.SetInts(node, "dilations", longs dilations)
            NodeAttributes.SetInts(node, "pads", longs pads)
            NodeAttributes.SetInt(node, "group", int64 group)
        | LayerOperator.Gemm transposed -> NodeAttributes.SetInt(node, "transB", (if transposed then 1L else 0L))
        | LayerOperator.MatMul -> ()

        node

    let private quantize (name: string) (real: string) : NodeProto =
        node "QuantizeLinear" [ real; $"{name}.step"; $"{name}.zero" ] [ name ]

    let private dequantize (name: string) (stored: string) (real: string) : NodeProto =
        node "DequantizeLinear" [ stored; $"{name}.step"; $"{name}.zero" ] [ real ]

    let private realWeights (layer: Layer) : NodeProto =
        let node = dequantize "w" "w" "w.real"

        if layer.WeightSteps.Length > 1 then
            let axis =
                match layer.Operator with
                | LayerOperator.Conv _
                | LayerOperator.Gemm true -> 0L
                | _ -> int64 (layer.WeightSizes.Length - 1)

            NodeAttributes.SetInt(node, "axis", axis)

        node

    let private plain (layer: Layer) (output: string) : NodeProto =
        let name =
            match layer.Operator with
            | LayerOperator.Conv _ -> "Conv"
            | LayerOperator.MatMul -> "MatMul"
            | LayerOperator.Gemm _ -> "Gemm"

        withGeometry layer (node name [ "x.real"; "w.real" ] [ output ])

    let private sums (layer: Layer) (zero: string) (output: string) : NodeProto =
        let name =
            match layer.Operator with
            | LayerOperator.Conv _ -> "ConvInteger"
            | _ -> "MatMulInteger"

        withGeometry layer (node name [ "x"; "w"; zero; "w.zero" ] [ output ])

    let private withSteps (layer: Layer) (output: string) : NodeProto =
        let steps = [ "x"; "x.step"; "x.zero"; "w"; "w.step"; "w.zero" ]
        let ends = [ "y.step"; "y.zero" ]

        match layer.Form, layer.Operator with
        | Form.OperatorRealOutput, _ -> ofMicrosoft (withGeometry layer (node "QGemm" steps [ output ]))
        | _, LayerOperator.MatMul -> node "QLinearMatMul" (steps @ ends) [ output ]
        | _, LayerOperator.Gemm _ -> ofMicrosoft (withGeometry layer (node "QGemm" (steps @ "" :: ends) [ output ]))
        | _, LayerOperator.Conv _ ->
            let node = withGeometry layer (node "QLinearConv" (steps @ ends) [ output ])

            if layer.Form = Form.ChannelsLast then
                NodeAttributes.SetInt(node, "channels_last", 1L)
                ofMicrosoft node
            else
                node

    let private castToReal (stored: string) (real: string) : NodeProto =
        let node = node "Cast" [ stored ] [ real ]
        NodeAttributes.SetInt(node, "to", int64 Tensor.float32)
        node

    /// The nodes in order.
    let ofLayer (layer: Layer) : NodeProto list =
        [
            if layer.WeightSource = WeightSource.Real then
                quantize "w" "w.given"

            match layer.Form with
            | Form.Dynamic ->
                node "DynamicQuantizeLinear" [ "x.given" ] [ "x"; "x.made.step"; "x.made.zero" ]
                sums layer "x.made.zero" "y.sums"
                castToReal "y.sums" "y.real"
                node "Mul" [ "x.made.step"; "w.step" ] [ "y.factor" ]
                node "Mul" [ "y.real"; "y.factor" ] [ "y" ]
            | Form.Sums -> sums layer "x.zero" "y"
            | Form.OperatorRealOutput ->
                quantize "x" "x.given"
                withSteps layer "y"
            | Form.Operator
            | Form.ChannelsLast ->
                quantize "x" "x.given"
                withSteps layer "y.stored"
                dequantize "y" "y.stored" "y"
            | Form.RealOutput ->
                quantize "x" "x.given"
                dequantize "x" "x" "x.real"
                realWeights layer
                plain layer "y"
            | Form.Pairs ->
                quantize "x" "x.given"
                dequantize "x" "x" "x.real"
                realWeights layer
                plain layer "y.made"
                node "QuantizeLinear" [ "y.made"; "y.step"; "y.zero" ] [ "y.stored" ]
                dequantize "y" "y.stored" "y"
        ]

namespace QuantFunctional.Processors

/// What multiplies.
[<RequireQualifiedAccess>]
type LayerOperator =
    | Conv of Kernel: int list * Strides: int list * Dilations: int list * Pads: int list * Group: int
    | MatMul
    | Gemm of TransB: bool

/// How the layer stands in its model.
[<RequireQualifiedAccess>]
type Form =
    /// An operator that carries its steps along: QLinearConv, QLinearMatMul, QGemm.
    | Operator
    /// QLinearConv on channels along the last axis, which ONNX Runtime makes of the others.
    | ChannelsLast
    /// QGemm without an output step.
    | OperatorRealOutput
    /// A plain operator between DequantizeLinear and QuantizeLinear.
    | Pairs
    /// A plain operator behind DequantizeLinear, with a real output.
    | RealOutput
    /// ConvInteger and MatMulInteger: the output is the sums.
    | Sums
    /// The same behind DynamicQuantizeLinear, times the steps.
    | Dynamic

/// Where the weights come from.
[<RequireQualifiedAccess>]
type WeightSource =
    /// The model holds them.
    | Constant
    /// A second input of the model, as stored integers.
    | Stored
    /// A second input of the model, real numbers that it quantizes.
    | Real

/// A layer with all its numbers.
type Layer =
    {
        Name: string
        Operator: LayerOperator
        Form: Form
        InputSigned: bool
        WeightSigned: bool
        WeightSource: WeightSource
        InputSizes: int list
        WeightSizes: int list
        InputZero: int
        /// One, or one for each output channel.
        WeightZeros: int list
        /// One, or one for each output channel.
        WeightSteps: float32 list
        InputStep: float32
        OutputStep: float32
        OutputZero: int
        /// The session's configuration.
        Settings: (string * string) list
        /// As stored, in row order.
        Inputs: int array
        /// As stored, in row order.
        Weights: int array
    }

    /// The number of output channels.
    member l.Outputs =
        match l.Operator with
        | LayerOperator.Conv _
        | LayerOperator.Gemm true -> l.WeightSizes[0]
        | LayerOperator.Gemm false
        | LayerOperator.MatMul -> List.last l.WeightSizes

    /// Whether the model quantizes its input itself.
    member l.TakesReal = l.Form <> Form.Sums

    /// What ONNX Runtime calls the operator, in the form that the layer stands in.
    member l.Kernel =
        match l.Form, l.Operator with
        | Form.Operator, LayerOperator.Conv _ -> "QLinearConv"
        | Form.ChannelsLast, _ -> "QLinearConv with channels last"
        | Form.Operator, LayerOperator.MatMul -> "QLinearMatMul"
        | Form.Operator, LayerOperator.Gemm _ -> "QGemm"
        | Form.OperatorRealOutput, _ -> "QGemm with a real output"
        | Form.Pairs, LayerOperator.Conv _ -> "Conv between pairs"
        | Form.Pairs, LayerOperator.MatMul -> "MatMul between pairs"
        | Form.Pairs, LayerOperator.Gemm _ -> "Gemm between pairs"
        | Form.RealOutput, LayerOperator.Conv _ -> "Conv with a real output"
        | Form.RealOutput, LayerOperator.MatMul -> "MatMul with a real output"
        | Form.RealOutput, LayerOperator.Gemm _ -> "Gemm with a real output"
        | Form.Sums, LayerOperator.Conv _ -> "ConvInteger"
        | Form.Sums, _ -> "MatMulInteger"
        | Form.Dynamic, LayerOperator.Conv _ -> "DynamicQuantizeLinear and ConvInteger"
        | Form.Dynamic, _ -> "DynamicQuantizeLinear and MatMulInteger"

/// Values that are one for a tensor, or one for each of its channels.
[<RequireQualifiedAccess>]
module Channelwise =

    /// The value of a channel.
    let at (values: 'value list) (channel: int) : 'value =
        if values.Length = 1 then values[0] else values[channel]

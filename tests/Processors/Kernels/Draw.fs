namespace QuantFunctional.Processors

open System

/// Draws the numbers of layers. The same seed gives the same layer on every machine.
[<RequireQualifiedAccess>]
module Draw =

    let private product (sizes: int list) = List.fold (*) 1 sizes

    /// Two of three lie near an end of their range, so that many pairs leave 16 bits: near the high end, or near both.
    let private values (random: Random) (low: int) (high: int) (both: bool) (count: int) : int array =
        let reach = (high - low) / 4

        Array.init count (fun _ ->
            match random.Next 6 with
            | 0
            | 1 -> random.Next(low, high + 1)
            | 2 when both -> low + random.Next reach
            | 3 when both -> low + random.Next reach
            | _ -> high - random.Next reach)

    /// A layer without its numbers: uint8 inputs and int8 weights from 0, one step.
    let private empty (form: Form) (operator: LayerOperator) (inputSizes: int list) (weightSizes: int list) : Layer =
        {
            Name = ""
            Operator = operator
            Form = form
            InputSigned = false
            WeightSigned = true
            WeightSource = WeightSource.Constant
            InputSizes = inputSizes
            WeightSizes = weightSizes
            InputZero = 0
            WeightZeros = [ 0 ]
            WeightSteps = [ 0.0078125f ]
            InputStep = 0.0625f
            OutputStep = 1f
            OutputZero = 0
            Settings = []
            Inputs = [||]
            Weights = [||]
        }

    /// A convolution of one sample, without pads.
    let conv (form: Form) (kernel: int list) (plane: int list) (inputs: int) (outputs: int) (group: int) : Layer =
        let ones = kernel |> List.map (fun _ -> 1)
        let pads = List.replicate (2 * kernel.Length) 0

        empty
            form
            (LayerOperator.Conv(kernel, ones, ones, pads, group))
            (1 :: inputs :: plane)
            (outputs :: inputs / group :: kernel)

    /// A product of matrices.
    let matMul (form: Form) (rows: int) (depth: int) (outputs: int) : Layer =
        empty form LayerOperator.MatMul [ rows; depth ] [ depth; outputs ]

    /// As matMul, by Gemm.
    let gemm (form: Form) (transposed: bool) (rows: int) (depth: int) (outputs: int) : Layer =
        let weights =
            if transposed then
                [ outputs; depth ]
            else
                [ depth; outputs ]

        empty form (LayerOperator.Gemm transposed) [ rows; depth ] weights

    let zero (value: int) (layer: Layer) : Layer = { layer with InputZero = value }

    let signed (layer: Layer) : Layer = { layer with InputSigned = true }

    let weightZero (value: int) (layer: Layer) : Layer = { layer with WeightZeros = [ value ] }

    let unsignedWeights (zero: int) (layer: Layer) : Layer =
        { weightZero zero layer with
            WeightSigned = false
        }

    let from (source: WeightSource) (layer: Layer) : Layer = { layer with WeightSource = source }

    let under (settings: (string * string) list) (layer: Layer) : Layer = { layer with Settings = settings }

    let samples (count: int) (layer: Layer) : Layer =
        { layer with
            InputSizes = count :: layer.InputSizes.Tail
        }

    /// A stack of matrices on the left, and on the right where that is wanted.
    let stacked (count: int) (both: bool) (layer: Layer) : Layer =
        { layer with
            InputSizes = count :: layer.InputSizes
            WeightSizes =
                if both then
                    count :: layer.WeightSizes
                else
                    layer.WeightSizes
        }

    let geometry (strides: int list) (dilations: int list) (pads: int list) (layer: Layer) : Layer =
        match layer.Operator with
        | LayerOperator.Conv(kernel, _, _, _, group) ->
            { layer with
                Operator = LayerOperator.Conv(kernel, strides, dilations, pads, group)
            }
        | _ -> layer

    /// A step and a zero point for each output channel.
    let perChannel (layer: Layer) : Layer =
        { layer with
            WeightSteps = List.init layer.Outputs (fun channel -> 0.0078125f / float32 (1 + channel % 3))
            WeightZeros = List.replicate layer.Outputs layer.WeightZeros[0]
        }

    let private numbered (random: Random) (layer: Layer) : Layer =
        let low, high = if layer.InputSigned then -128, 127 else 0, 255
        let lowWeight, highWeight = if layer.WeightSigned then -128, 127 else 0, 255

        let inputs = values random low high layer.InputSigned (product layer.InputSizes)

        // DynamicQuantizeLinear finds a step of 1 and the zero point in a range that is used whole
        if layer.Form = Form.Dynamic then
            inputs[0] <- low
            inputs[1] <- high

        let drawn =
            { layer with
                InputStep = if layer.Form = Form.Dynamic then 1f else layer.InputStep
                Inputs = inputs
                Weights = values random lowWeight highWeight true (product layer.WeightSizes)
            }

        let largest =
            LayerSums.sums Addition.InFull drawn
            |> Array.map (fun sum -> float32 (abs sum) * drawn.InputStep * List.max drawn.WeightSteps)
            |> Array.max

        // few outputs lie at the ends
        { drawn with
            OutputStep = max 0.001f (MathF.Round(largest / 120f, 3))
            OutputZero =
                if layer.InputSigned then
                    random.Next(-8, 9)
                else
                    random.Next(120, 136)
        }

    /// Whether the output tells every way of adding from adding in full.
    let private tells (layer: Layer) : bool =
        let output addition =
            LayerSums.outputs layer (LayerSums.sums addition layer)

        let full = output Addition.InFull
        Addition.all |> List.forall (fun addition -> addition = Addition.InFull || output addition <> full)

    /// Gives a layer its numbers, which depend on its name alone, so that its output tells how products are added.
    let filled (layer: Layer) : Layer =
        let seed =
            layer.Name |> Seq.fold (fun hash character -> (hash * 31 + int character) &&& 0xFFFFFF) 17

        let random = Random seed
        Seq.initInfinite (fun _ -> numbered random layer) |> Seq.find tells

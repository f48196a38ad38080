namespace QuantFunctional.Proofs

open System

/// What multiplies: a convolution with its geometry, or a product of matrices.
[<RequireQualifiedAccess>]
type LayerOperator =
    | Conv of Kernel: int list * Strides: int list * Dilations: int list * Pads: int list * Group: int
    | Gemm of TransB: bool
    | MatMul

    member o.Name =
        match o with
        | Conv(kernel, _, _, _, _) -> $"Conv {kernel.Length}-D"
        | Gemm _ -> "Gemm"
        | MatMul -> "MatMul"

/// A layer between QuantizeLinear and DequantizeLinear, with all its numbers.
type RandomLayer =
    {
        Operator: LayerOperator
        /// True where activations are int8, false where they are uint8.
        Signed: bool
        /// The sizes of the input: samples, channels, then the axes of the kernel; of a product rows and inputs.
        InputSizes: int list
        /// The sizes of the weights as the operator wants them.
        WeightSizes: int list
        Outputs: int
        Weights: sbyte array
        /// One step, or one for each output channel.
        WeightSteps: float32 array
        /// Empty for none.
        Bias: int array
        Relu: bool
        InputStep: float32
        InputZero: int
        OutputStep: float32
        OutputZero: int
        /// The stored inputs.
        Inputs: int array
    }

    /// The axis of the weights that the output channels go along.
    member l.Axis =
        match l.Operator with
        | LayerOperator.Conv _
        | LayerOperator.Gemm true -> 0
        | LayerOperator.Gemm false
        | LayerOperator.MatMul -> 1

/// Draws layers of all shapes. The same seed and number give the same layer on every machine.
[<RequireQualifiedAccess>]
module RandomLayer =

    let private product (sizes: int list) = List.fold (*) 1 sizes

    let private lowest (signed: bool) = if signed then -128 else 0

    /// Three quarters of the layers use the whole range, some its ends alone: that is where sums are largest.
    let private stored (random: Random) (low: int) (high: int) (count: int) : int array =
        match random.Next 8 with
        | 0 -> Array.init count (fun _ -> if random.Next 2 = 0 then low else high)
        | 1 -> Array.init count (fun _ -> (low + high) / 2 + random.Next(-3, 4))
        | _ -> Array.init count (fun _ -> random.Next(low, high + 1))

    let private convolution (random: Random) =
        let axes = 1 + random.Next 3

        let each low high =
            List.init axes (fun _ -> random.Next(low, high + 1))

        let kernel = each 1 (if axes = 3 then 2 else 4)
        let dilations = each 1 2
        let pads = List.init (2 * axes) (fun axis -> random.Next(0, kernel[axis % axes]))

        let group, inputs, outputs =
            match random.Next 4 with
            | 0 ->
                let channels = random.Next(1, 20)
                channels, channels, channels * random.Next(1, 3)
            | 1 ->
                let group = random.Next(2, 5)
                group, group * random.Next(1, 9), group * random.Next(1, 9)
            | _ -> 1, random.Next(1, 40), random.Next(1, 40)

        let sizes =
            List.map3
                (fun size dilation more -> dilation * (size - 1) + 1 + more)
                kernel
                dilations
                (each 0 (if axes = 3 then 3 else 8))

        let operator = LayerOperator.Conv(kernel, each 1 3, dilations, pads, group)

        operator, random.Next(1, 3) :: inputs :: sizes, outputs :: inputs / group :: kernel, outputs

    let private matrices (random: Random) =
        let rows, inputs, outputs =
            random.Next(1, 20), random.Next(1, 300), random.Next(1, 70)

        match random.Next 3 with
        | 0 -> LayerOperator.Gemm true, [ rows; inputs ], [ outputs; inputs ], outputs
        | 1 -> LayerOperator.Gemm false, [ rows; inputs ], [ inputs; outputs ], outputs
        | _ -> LayerOperator.MatMul, [ rows; inputs ], [ inputs; outputs ], outputs

    /// A step between 10^−4 and 1, anywhere between two powers of two.
    let private step (random: Random) : float32 =
        float32 (Math.ScaleB(1.0 + random.NextDouble(), -1 - random.Next 12))

    /// The layer of a number within a seed.
    let draw (seed: int) (number: int) : RandomLayer =
        let random = Random(seed * 1_000_003 + number)

        let operator, inputSizes, weightSizes, outputs =
            if random.Next 10 < 7 then
                convolution random
            else
                matrices random

        let signed = random.Next 4 = 0
        let low = lowest signed
        let perChannel = random.Next 2 = 0
        let relu = random.Next 3 = 0
        let weights = stored random -128 127 (product weightSizes)
        let inputs = stored random low (low + 255) (product inputSizes)
        let inputStep = step random

        let weightSteps =
            Array.init (if perChannel then outputs else 1) (fun _ -> step random)

        let depth = product weightSizes / outputs
        // so that the outputs spread over their range: a sum of random products grows with the root of their number
        let spread = 60.0 * sqrt (float depth)

        let hasBias =
            match operator with
            | LayerOperator.MatMul -> false
            | _ -> random.Next 3 > 0

        {
            Operator = operator
            Signed = signed
            InputSizes = inputSizes
            WeightSizes = weightSizes
            Outputs = outputs
            Weights = Array.map sbyte weights
            WeightSteps = weightSteps
            Bias =
                if hasBias then
                    Array.init outputs (fun _ -> int ((random.NextDouble() - 0.5) * 100.0 * spread))
                else
                    [||]
            Relu = relu
            InputStep = inputStep
            InputZero = random.Next(low, low + 256)
            OutputStep = inputStep * Array.max weightSteps * float32 (spread * (0.2 + random.NextDouble()))
            OutputZero = if relu then low else random.Next(low, low + 256)
            Inputs = inputs
        }

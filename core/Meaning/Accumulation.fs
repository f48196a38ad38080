namespace QuantFunctional.FSharp

open System
open System.Numerics.Tensors
open QuantFunctional

/// What the kernel meets at one place, as it is multiplied; on the int15 path its halves.
[<NoComparison; NoEquality>]
type internal Operands =
    {
        Inputs: int array
        High: int array
        Low: int array
    }

/// The sums of one output channel at one place: from inputs and weights to the accumulator.
[<RequireQualifiedAccess>]
module internal Accumulation =

    /// The intermediates up to the accumulator, in the order in which they come about.
    let intermediates (layer: IntegerLayer) : Intermediate array =
        match layer.Path with
        | ActivationPath.Int8
        | ActivationPath.Int16 -> [| Intermediate.Product; Intermediate.ProductAndBias |]
        | ActivationPath.Int15 ->
            [|
                Intermediate.HighHalf
                Intermediate.LowHalf
                Intermediate.Product
                Intermediate.ProductAndBias
            |]

    /// Qw of each output channel in the logical order: by input channel, then kernel position.
    let weightRows (layer: IntegerLayer) : int array array =
        let shape = layer.Shape

        Array.init shape.Channels (fun channel ->
            [|
                for input in 0 .. shape.Inputs - 1 do
                    for position in 0 .. shape.Positions - 1 do
                        int layer.Weights[shape.Index(channel, input, position)]
            |])

    /// What is taken off each input before the product.
    let private offset (layer: IntegerLayer) : int =
        if layer.Profile.InputZeroPointInBias layer.Path then
            0
        else
            layer.Input.ZeroPoint

    /// How many products of an input and a weight of 8 bits int32 is sure to hold the sum of.
    let longestRun (layer: IntegerLayer) : int =
        let largest =
            [ layer.InputRange.Low; layer.InputRange.High; int64 layer.Input.ZeroPoint ]
            |> Seq.map (fun value -> abs (value - int64 (offset layer)))
            |> Seq.max

        int (int64 Int32.MaxValue / (128L * max 1L largest))

    /// Σ x·w, in runs that int32 holds; product by product where it does not hold one.
    let private sum (run: int) (inputs: int array) (weights: int array) : int64 =
        if run = 0 then
            Array.fold2 (fun total x w -> total + int64 x * int64 w) 0L inputs weights
        else
            let mutable total = 0L
            let mutable first = 0

            while first < inputs.Length do
                let count = min run (inputs.Length - first)
                let x = ReadOnlySpan(inputs, first, count)
                let w = ReadOnlySpan(weights, first, count)
                total <- total + int64 (TensorPrimitives.Dot(x, w))
                first <- first + count

            total

    /// Room for what a kernel meets at one place.
    let operands (layer: IntegerLayer) : Operands =
        let room () =
            Array.zeroCreate<int> layer.Shape.WeightsPerChannel

        {
            Inputs = room ()
            High = room ()
            Low = room ()
        }

    /// Fills in what the kernel meets at one place, in the order of a row of weights; where it meets no input that is Za.
    /// `inputs` says which place of a channel each kernel position meets.
    let meet (layer: IntegerLayer) (inputs: ReadOnlySpan<int>) (stored: ReadOnlySpan<int>) (operands: Operands) : unit =
        let met, za, offset = operands.Inputs, layer.Input.ZeroPoint, offset layer
        let channels = met.Length / inputs.Length
        let places = stored.Length / channels

        for channel in 0 .. channels - 1 do
            let row = stored.Slice(channel * places, places)
            let target = met.AsSpan(channel * inputs.Length, inputs.Length)

            for position in 0 .. inputs.Length - 1 do
                let at = inputs[position]
                target[position] <- (if at < 0 then za else row[at]) - offset

        if layer.Path = ActivationPath.Int15 then
            for i in 0 .. met.Length - 1 do
                let struct (high, low) = IntrinsicShift.halves met[i]
                operands.High[i] <- high
                operands.Low[i] <- low

    /// Fills in the intermediates of an output channel, in their order, by the algorithm of the path.
    let fill
        (layer: IntegerLayer)
        (channel: int)
        (run: int)
        (operands: Operands)
        (weights: int array)
        (sums: int64 array)
        : unit =
        let product =
            match layer.Path with
            | ActivationPath.Int8
            | ActivationPath.Int16 -> sum run operands.Inputs weights
            | ActivationPath.Int15 ->
                sums[0] <- sum run operands.High weights
                sums[1] <- sum run operands.Low weights

                if layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
                    sums[0] + (sums[1] >>> 7)
                else
                    (sums[0] <<< 7) + sums[1]

        sums[sums.Length - 2] <- product
        sums[sums.Length - 1] <- product + layer.Bias[channel]

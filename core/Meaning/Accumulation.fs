namespace QuantFunctional.FSharp

open System
open System.Numerics.Tensors
open QuantFunctional

/// What the kernel meets at one place, as it is multiplied.
[<NoComparison; NoEquality>]
type internal Operands =
    {
        /// What is taken off each input.
        Offset: int
        Inputs: int array
        /// Where products are added in pairs: the place of each product, in the kernel's order; else empty.
        Neighbours: int array
        /// Their halves on the int15 path; else empty.
        High: int array
        Low: int array
    }

/// The sums of one output channel at one place: from inputs and weights to the accumulator.
[<RequireQualifiedAccess>]
module internal Accumulation =

    /// What comes before the product.
    let halves (layer: IntegerLayer) : Intermediate array =
        match layer.Path with
        | ActivationPath.Int8
        | ActivationPath.Int16 -> [||]
        | ActivationPath.Int15 -> [| Intermediate.HighHalf; Intermediate.LowHalf |]

    /// Qw of each output channel in the logical order: by input channel, then kernel position.
    let weightRows (layer: IntegerLayer) : int array array =
        let shape = layer.Shape

        Array.init shape.Channels (fun channel ->
            [|
                for input in 0 .. shape.Inputs - 1 do
                    for position in 0 .. shape.Positions - 1 do
                        int layer.Weights[shape.Index(channel, input, position)]
            |])

    /// The places in a row of weights, in the order in which the kernel adds the products.
    let private neighbours (shape: WeightShape) : int array =
        [|
            for position in 0 .. shape.Positions - 1 do
                for input in 0 .. shape.Inputs - 1 do
                    input * shape.Positions + position
        |]

    /// What makes an input without its offset the factor of the pairs, which count the stored inputs from 0.
    let private fromZero = 128

    /// Σ x·w as pairs of products that saturate in 16 bits: of the inputs from 0 on, so that their zero point is taken off the
    /// whole sum. An odd last product stands alone; one product always fits. What 16 bits cut a pair to lies between 0 and the
    /// pair itself, and 0 lies between a pair's ends over all inputs, so that the sum stays in the interval of the full one.
    let private sumOfPairs (operands: Operands) (weights: int array) : int64 =
        let order = operands.Neighbours
        let unsigned = operands.Offset + fromZero

        let product k =
            (operands.Inputs[order[k]] + unsigned) * weights[order[k]]

        let mutable total = 0L
        let mutable ofWeights = 0L

        for k in 0..2 .. order.Length - 2 do
            let pair = product k + product (k + 1)
            total <- total + int64 (Math.Clamp(pair, int Int16.MinValue, int Int16.MaxValue))

        if order.Length % 2 = 1 then
            total <- total + int64 (product (order.Length - 1))

        for weight in weights do
            ofWeights <- ofWeights + int64 weight

        total - int64 unsigned * ofWeights

    /// How many products of an input and a weight of 8 bits int32 is sure to hold the sum of.
    let longestRun (layer: IntegerLayer) : int =
        let largest =
            [ layer.InputRange.Low; layer.InputRange.High; int64 layer.Input.ZeroPoint ]
            |> Seq.map (fun value -> abs (value - int64 layer.InputOffset))
            |> Seq.max

        int (int64 Int32.MaxValue / (128L * max 1L largest))

    /// Few products are added sooner than a vector is set up for them.
    [<Literal>]
    let private Few = 16

    /// Σ x·w, in runs that int32 holds; product by product where it does not hold one, or where they are few.
    let private sum (run: int) (inputs: int array) (weights: int array) : int64 =
        let mutable total = 0L

        if run = 0 || inputs.Length < Few then
            for i in 0 .. inputs.Length - 1 do
                total <- total + int64 inputs[i] * int64 weights[i]

            total
        else
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
        let count = layer.Shape.WeightsPerChannel
        let halves = if layer.Path = ActivationPath.Int15 then count else 0

        {
            Offset = layer.InputOffset
            Inputs = Array.zeroCreate count
            Neighbours =
                if layer.ProductSums = ProductSums.Pairs16 then
                    neighbours layer.Shape
                else
                    [||]
            High = Array.zeroCreate halves
            Low = Array.zeroCreate halves
        }

    /// Fills in what the kernel meets at one place, in the order of a row of weights; where it meets no input that is Za.
    /// `inputs` says which place of a channel each kernel position meets.
    let meet (layer: IntegerLayer) (inputs: ReadOnlySpan<int>) (stored: ReadOnlySpan<int>) (operands: Operands) : unit =
        let met, za, offset = operands.Inputs, layer.Input.ZeroPoint, operands.Offset
        let channels = met.Length / inputs.Length
        let places = stored.Length / channels
        let mutable into = 0

        for channel in 0 .. channels - 1 do
            for at in inputs do
                met[into] <- (if at < 0 then za else stored[channel * places + at]) - offset
                into <- into + 1

        for i in 0 .. operands.High.Length - 1 do
            let struct (high, low) = IntrinsicShift.halves met[i]
            operands.High[i] <- high
            operands.Low[i] <- low

    /// P of an output channel, by the algorithm of the path; the sums of both halves, where it has them, are left behind.
    let product
        (layer: IntegerLayer)
        (channel: int)
        (run: int)
        (operands: Operands)
        (weights: int array)
        (halves: int64 array)
        : int64 =
        match layer.Path with
        | ActivationPath.Int8 when operands.Neighbours.Length > 0 -> sumOfPairs operands weights
        | ActivationPath.Int8
        | ActivationPath.Int16 -> sum run operands.Inputs weights
        | ActivationPath.Int15 ->
            halves[0] <- sum run operands.High weights
            halves[1] <- sum run operands.Low weights

            if layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
                halves[0] + (halves[1] >>> 7)
            else
                (halves[0] <<< 7) + halves[1]

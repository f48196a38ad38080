namespace QuantFunctional.Testing

open System.Numerics
open QuantFunctional

/// One output of an integer layer in arbitrary precision, written from the definitions of docs/arithmetic.md alone.
[<RequireQualifiedAccess>]
module internal Tiny =

    let private pow2 (exponent: int) = BigInteger.Pow(BigInteger 2, exponent)

    /// x / 2^bits, rounded down.
    let private floorShift (bits: int) (x: BigInteger) =
        Exact.floor (Exact.ofBig x * Exact.pow2 -bits)

    /// The integer weights of a channel by input channel, then kernel position.
    let weights (q: IntegerLayer) (channel: int) : int array =
        [|
            for input in 0 .. q.Shape.Inputs - 1 do
                for position in 0 .. q.Shape.Positions - 1 do
                    int q.Weights[q.Shape.Index(channel, input, position)]
        |]

    /// True where the input's zero point is taken off in the bias.
    let isInBias (q: IntegerLayer) : bool =
        q.Path = ActivationPath.Int15 || q.Profile.InputZeroPoint = InputZeroPoint.InBias

    let private sum (weights: int array) (inputs: int array) =
        Array.fold2 (fun total w a -> total + BigInteger(w: int) * BigInteger(a: int)) BigInteger.Zero weights inputs

    /// True where two neighbouring products are added in 16 bits, which one input and one output channel to a group never are.
    let private addsPairs (q: IntegerLayer) : bool =
        q.Profile.Products = ProductSums.Pairs16
        && q.Path = ActivationPath.Int8
        && not (q.Shape.Inputs = 1 && q.Shape.Channels = q.Shape.Groups)

    /// The pairs of inputs counted from 0, which are cut to 16 bits, less the offset of all.
    let private sumOfPairs (q: IntegerLayer) (weights: int array) (inputs: int array) (off: int) =
        let products =
            [
                for position in 0 .. q.Shape.Positions - 1 do
                    for input in 0 .. q.Shape.Inputs - 1 do
                        let at = input * q.Shape.Positions + position
                        weights[at] * (inputs[at] + 128)
            ]

        let pairs =
            products |> List.chunkBySize 2 |> List.map (List.sum >> max -32768 >> min 32767)

        let zeros = BigInteger(128 + off) * BigInteger(Array.sum weights)
        List.fold (fun total pair -> total + BigInteger(pair: int)) BigInteger.Zero pairs - zeros

    /// The product of one input for each weight, after all that is computed on the way to it.
    let products (q: IntegerLayer) (channel: int) (inputs: int array) : BigInteger list * BigInteger =
        let weights = weights q channel

        match q.Path with
        | ActivationPath.Int8
        | ActivationPath.Int16 ->
            let off = if isInBias q then 0 else q.Input.ZeroPoint

            if addsPairs q then
                [], sumOfPairs q weights inputs off
            else
                [], sum weights (Array.map (fun a -> a - off) inputs)
        | ActivationPath.Int15 ->
            // a15 = 128·hi + lo, with hi of 8 bits and lo of 7
            let halves = inputs |> Array.map (fun a -> int (floor (float a / 2.0)))
            let hi = halves |> Array.map (fun a -> int (floor (float a / 128.0)))
            let lo = Array.map2 (fun a h -> a - 128 * h) halves hi
            let high, low = sum weights hi, sum weights lo

            match q.IntrinsicShift[channel] with
            | 1 -> [ high; low; high * pow2 7 ], high * pow2 7 + low
            | 8 -> [ high; low ], high + floorShift 7 low
            | other -> invalidOp $"an intrinsic shift of {other}"

    /// Ties up: TFLite with a single rounding, and the reference.
    let private once (sum: BigInteger) (multiplier: int) (shift: int) =
        Exact.floor (Exact.ofBig (sum * BigInteger multiplier) * Exact.pow2 -shift + Exact.pow2 -1)

    /// Ties away from zero.
    let private away (x: Exact) =
        let size = Exact.floor (abs x + Exact.pow2 -1)
        if x < Exact.ofInt 0 then -size else size

    /// A multiplier and exponent as TFLite's files hold them; the multiplier 1 is written as a half.
    let private tflite (multiplier: int) (shift: int) =
        if multiplier = 1 then
            struct (1 <<< 30, 1 - shift)
        else
            struct (multiplier, 31 - shift)

    let private reduced (asFiled: int) =
        if asFiled < 0x7FFF0000 then
            (asFiled + 0x8000) >>> 16
        else
            0x7FFF

    /// What a sum is before it is multiplied: TFLite shifts left first.
    let beforeMultiply (q: IntegerLayer) (channel: int) (sum: BigInteger) : BigInteger =
        match q.Rounding with
        | RequantizationRounding.TwiceGemmlowp ->
            let struct (_, exponent) = tflite q.Multiplier[channel] q.Shift[channel]
            sum * pow2 (max 0 exponent)
        | _ -> sum

    /// From the accumulator to the output, without its offset and its clamp.
    let requantize (q: IntegerLayer) (channel: int) (sum: BigInteger) : BigInteger =
        let multiplier, shift = q.Multiplier[channel], q.Shift[channel]
        let struct (asFiled, exponent) = tflite multiplier shift

        match q.Rounding with
        | RequantizationRounding.OnceTiesUp -> once sum multiplier shift
        | RequantizationRounding.TwiceGemmlowp ->
            let doubled = once (beforeMultiply q channel sum) asFiled 31
            away (Exact.ofBig doubled * Exact.pow2 (min 0 exponent))
        | RequantizationRounding.OnceTiesUpReduced16 -> once sum (reduced asFiled) (15 - exponent)
        | RequantizationRounding.SingleTiesToEven ->
            let factor = float32 (System.Math.ScaleB(float multiplier, -shift))

            let product =
                System.Math.Clamp(
                    float (float32 sum * factor),
                    float System.Single.MinValue,
                    float System.Single.MaxValue
                )

            BigInteger(System.Math.Round(product, System.MidpointRounding.ToEven))

    /// What is computed on the way from a sum to the output, each as it is before a rounding constant and with it.
    let steps (q: IntegerLayer) (channel: int) (sum: BigInteger) : (Intermediate * (BigInteger * BigInteger)) list =
        let multiplier, shift = q.Multiplier[channel], q.Shift[channel]
        let struct (asFiled, exponent) = tflite multiplier shift
        let both value = value, value

        let multiplied (factor: int) (right: int) =
            let product = sum * BigInteger factor
            let constant = Exact.floor (Exact.pow2 (right - 1))
            Intermediate.Multiplied, (product, product + constant)

        let requantized =
            Intermediate.Requantized, both (requantize q channel sum + BigInteger q.OutputOffset)

        match q.Rounding with
        | RequantizationRounding.SingleTiesToEven -> []
        | RequantizationRounding.TwiceGemmlowp ->
            [ Intermediate.ShiftedLeft, both (beforeMultiply q channel sum); requantized ]
        | RequantizationRounding.OnceTiesUp -> [ multiplied multiplier shift; requantized ]
        | RequantizationRounding.OnceTiesUpReduced16 -> [ multiplied (reduced asFiled) (15 - exponent); requantized ]

    /// Every intermediate that one input for each weight makes, in the order in which they come about.
    let intermediates (q: IntegerLayer) (channel: int) (inputs: int array) : (Intermediate * BigInteger) list =
        let between, product = products q channel inputs
        let sum = product + BigInteger q.Bias[channel]

        [
            if q.Path = ActivationPath.Int15 then
                Intermediate.HighHalf, between[0]
                Intermediate.LowHalf, between[1]

            Intermediate.Product, product
            Intermediate.ProductAndBias, sum

            for intermediate, (_, value) in steps q channel sum do
                intermediate, value
        ]

    /// The stored output.
    let output (q: IntegerLayer) (channel: int) (inputs: int array) : BigInteger =
        let _, product = products q channel inputs

        let free =
            requantize q channel (product + BigInteger q.Bias[channel]) + BigInteger q.OutputOffset

        BigInteger.Max(BigInteger q.OutputRange.Low, BigInteger.Min(BigInteger q.OutputRange.High, free))

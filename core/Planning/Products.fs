namespace QuantFunctional.FSharp

open QuantFunctional

/// What the integer weights of a layer can make of its inputs, by the algorithm of its path (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module Products =

    /// What a stored input is once it meets the weights: int15 halves it, rounding down.
    let private factor (path: ActivationPath) (stored: int64) =
        match path with
        | ActivationPath.Int15 -> stored >>> 1
        | ActivationPath.Int8
        | ActivationPath.Int16 -> stored

    /// The int15 path's second half of h: the sum shifted right by 7, rounding down.
    let private afterSum (intrinsicShift: int) (sum: int64) =
        if intrinsicShift = IntrinsicShift.Hi then
            sum >>> 7
        else
            sum

    /// P0 per output channel (`quantized_product_zero_value`): the product when every input holds the zero point, where
    /// that is taken off in the bias; 0 where it is taken off each input.
    let zeroValue
        (profile: BackendProfile)
        (path: ActivationPath)
        (zeroPoint: int)
        (intrinsicShift: Channelwise<int>)
        (integers: IntegerWeights)
        : int64 array =
        if profile.InputZeroPointInBias path then
            let zero = factor path (int64 zeroPoint)

            Array.init integers.PositiveSums.Length (fun channel ->
                zero * (integers.PositiveSums[channel] + integers.NegativeSums[channel])
                |> afterSum intrinsicShift[channel])
        else
            Array.zeroCreate integers.PositiveSums.Length

    /// The products of each output channel, over every input of the whole input type (docs/arithmetic.md).
    let reach
        (profile: BackendProfile)
        (path: ActivationPath)
        (input: Encoding)
        (intrinsicShift: Channelwise<int>)
        (integers: IntegerWeights)
        : Interval array =
        let whole =
            match path with
            | ActivationPath.Int8 -> Interval.ofBits 8
            | ActivationPath.Int15
            | ActivationPath.Int16 -> Interval.ofBits 16

        let whole =
            if profile.InputZeroPointInBias path then
                whole
            else
                Interval.shift -(int64 input.ZeroPoint) whole

        let lowest, highest = factor path whole.Low, factor path whole.High

        Array.init integers.PositiveSums.Length (fun channel ->
            let positive, negative =
                integers.PositiveSums[channel], integers.NegativeSums[channel]

            {
                Low = lowest * positive + highest * negative |> afterSum intrinsicShift[channel]
                High = highest * positive + lowest * negative |> afterSum intrinsicShift[channel]
            })

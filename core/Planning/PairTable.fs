namespace QuantFunctional.FSharp

open System
open System.Numerics.Tensors
open QuantFunctional

/// The sums of neighbouring weights of a layer whose inputs change places: what its pairs cost, and what they would cost with
/// two inputs swapped.
[<NoComparison; NoEquality>]
type internal PairTable(weights: WeightView, perChannel: bool) =
    let shape = weights.Shape
    let channels = shape.Channels
    let products = PairOrder.products shape
    let pairs = products / 2
    let rows = Array.zeroCreate<float32>(products * channels)
    /// Which row stands at each place in the order of products.
    let rowAt = Array.init products id
    let sums = Array.zeroCreate<float32>(pairs * channels)
    let largest = Array.zeroCreate<float32> channels
    let magnitudes = Array.zeroCreate<float> channels
    let touched = ResizeArray<int>()
    let isTouched = Array.zeroCreate<bool> pairs
    let mutable trial = Array.zeroCreate<float32> 0
    let trialLargest = Array.zeroCreate<float32> channels
    let before = Array.zeroCreate<float32> channels

    let row (place: int) =
        ReadOnlySpan(rows, rowAt[place] * channels, channels)

    let sum (pair: int) (into: Span<float32>) =
        TensorPrimitives.Add(row (2 * pair), row (2 * pair + 1), into)
        TensorPrimitives.Abs(Span.op_Implicit into, into)

    let sumsOf (pair: int) = Span(sums, pair * channels, channels)

    /// What the pairs of these sizes do to the squares of the steps; 1 where they do nothing.
    let costOf (largest: float32 array) =
        // no pair asks for more than 128 steps, a single weight has 127
        let reached channel =
            max magnitudes[channel] (float largest[channel] * BacktrackingParameters.wholeWeight / PairLimit.limit)

        let mutable asked, least = 0.0, 0.0

        for channel in 0 .. channels - 1 do
            let reached, magnitude = reached channel, magnitudes[channel]

            if perChannel then
                asked <- asked + reached * reached
                least <- least + magnitude * magnitude
            else
                asked <- max asked (reached * reached)
                least <- max least (magnitude * magnitude)

        if least = 0.0 then 1.0 else asked / least

    let exchangeInputs (swaps: struct (int * int) seq) =
        for struct (first, second) in swaps do
            for position in 0 .. shape.Positions - 1 do
                let first, second =
                    position * shape.Inputs + first, position * shape.Inputs + second

                let row = rowAt[first]
                rowAt[first] <- rowAt[second]
                rowAt[second] <- row

    let touch (place: int) =
        let pair = place / 2

        // an odd last product stands alone
        if pair < pairs && not isTouched[pair] then
            isTouched[pair] <- true
            touched.Add pair

    do
        let data = weights.Data.Span

        for product in 0 .. products - 1 do
            for channel in 0 .. channels - 1 do
                let weight = data[PairOrder.index shape channel product]
                rows[product * channels + channel] <- weight
                magnitudes[channel] <- max magnitudes[channel] (abs (float weight))

        for pair in 0 .. pairs - 1 do
            sum pair (sumsOf pair)
            TensorPrimitives.Max(ReadOnlySpan largest, Span.op_Implicit (sumsOf pair), largest.AsSpan())

    /// How many output channels there are.
    member _.Channels = channels

    /// How much work a swap of one input with another is.
    member _.Work = 2 * shape.Positions * channels

    /// By how much the pairs raise the squares of the steps in the mean; 1 where they do not.
    member val Cost = costOf largest with get, set

    /// By how much the heaviest pair of a channel is more than it may be for nothing.
    member _.Excess(channel: int) =
        float largest[channel] - magnitudes[channel]

    /// The inputs of a channel's heaviest pair.
    member _.Heaviest(channel: int) =
        let mutable pair = 0

        while pair < pairs - 1 && sums[pair * channels + channel] <> largest[channel] do
            pair <- pair + 1

        struct (2 * pair % shape.Inputs, (2 * pair + 1) % shape.Inputs)

    /// The cost with some inputs swapped, pair by pair of them.
    member t.Try(swaps: struct (int * int) seq) : float =
        exchangeInputs swaps

        for struct (first, second) in swaps do
            for position in 0 .. shape.Positions - 1 do
                touch (position * shape.Inputs + first)
                touch (position * shape.Inputs + second)

        if trial.Length < touched.Count * channels then
            trial <- Array.zeroCreate (touched.Count * channels)

        Array.Clear before
        Array.Clear trialLargest

        for i in 0 .. touched.Count - 1 do
            let into = Span(trial, i * channels, channels)
            sum touched[i] into
            TensorPrimitives.Max(ReadOnlySpan trialLargest, Span.op_Implicit into, trialLargest.AsSpan())
            TensorPrimitives.Max(ReadOnlySpan before, Span.op_Implicit (sumsOf touched[i]), before.AsSpan())

        for channel in 0 .. channels - 1 do
            if before[channel] < largest[channel] then
                trialLargest[channel] <- max trialLargest[channel] largest[channel]
            elif trialLargest[channel] < largest[channel] then
                t.Rescan channel

        costOf trialLargest

    /// Keeps what was tried last, or takes it back.
    member t.End(keep: bool, cost: float, swaps: struct (int * int) seq) =
        if keep then
            for i in 0 .. touched.Count - 1 do
                Span(trial, i * channels, channels).CopyTo(sumsOf touched[i])

            Array.Copy(trialLargest, largest, channels)
            t.Cost <- cost

        for pair in touched do
            isTouched[pair] <- false

        touched.Clear()

        if not keep then
            exchangeInputs swaps

    /// The channel's largest sum may have been among those that changed, so that all others are looked at.
    member private _.Rescan(channel: int) =
        for pair in 0 .. pairs - 1 do
            if not isTouched[pair] then
                trialLargest[channel] <- max trialLargest[channel] sums[pair * channels + channel]

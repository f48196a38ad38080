namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// How far the weights that a layer computes with are from the real ones.
[<RequireQualifiedAccess>]
module WeightError =

    /// Σw² of the real weights, and Σ(w − (Qw − Z)·step)² of what the layer computes with instead: in logical order in each channel,
    /// and then the channels' sums in theirs. As many weights as the layer has, in its order.
    let squares (layer: WeightOnlyLayer) (reals: ReadOnlyMemory<float32>) : struct (float * float) =
        let groups, size, length =
            layer.GroupsPerChannel, layer.GroupSize, layer.Shape.WeightsPerChannel

        let slots = layer.Shape.Channels * groups
        let steps = WeightReals.stepsOf layer.Request slots layer.Steps
        let zeros = WeightReals.zerosOf layer.Request slots layer.ZeroPoints
        let places = WeightPlaces.ofShape layer.Shape
        let sums = Array.zeroCreate<struct (float * float)> layer.Shape.Channels

        // as they are rounded, so that a line of memory is read once
        WeightPlaces.forTiles layer.Shape size (fun values channels ->
            for group in 0 .. groups - 1 do
                let begins = group * size
                let count = min size (length - begins)

                for channel in channels do
                    let slot = channel * groups + group
                    let integers = layer.Weights.AsSpan()
                    WeightPlaces.gather places channel begins reals.Span (Span(values, 0, count))
                    let struct (signal, noise) = sums[channel]
                    let mutable signal, noise = signal, noise
                    let mutable index = WeightPlaces.indexOf places channel begins

                    for at in 0 .. count - 1 do
                        let error =
                            values[at] - float (WeightReals.ofInteger integers[index] zeros[slot] steps[slot])

                        signal <- signal + values[at] * values[at]
                        noise <- noise + error * error
                        index <- WeightPlaces.next places channel (begins + at) index

                    sums[channel] <- struct (signal, noise))

        let mutable signal, noise = 0.0, 0.0

        for struct (square, error) in sums do
            signal <- signal + square
            noise <- noise + error

        struct (signal, noise)

namespace QuantFunctional.FSharp

#nowarn "3535"

open System
open System.Buffers
open System.Runtime.InteropServices
open QuantFunctional

/// Matrix products by vectors: rows of inputs by rows of weights.
[<RequireQualifiedAccess>]
module internal FastProduct =

    /// The outputs of factors of so many samples.
    let run<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (threads: int)
        (layer: IntegerLayer)
        (vectors: VectorForm)
        (samples: int)
        (factors: FactorSource)
        (target: FastOutput)
        : unit =
        let shape = layer.Shape
        let pairs, blocks = PackedWeights.rowPairs shape, PackedWeights.blocks shape
        let inputs = Array.zeroCreate<int>(samples * pairs)

        for sample in 0 .. samples - 1 do
            let row = MemoryMarshal.Cast<int, int16>(Span(inputs, sample * pairs, pairs))
            factors.Invoke(sample * shape.Inputs, row.Slice(0, shape.Inputs))

        // a channel's outputs side by side, so that they are requantized together
        let places = (samples + 15) / 16 * 16

        FastConvolution.inParallel threads blocks (fun block ->
            let sums = ArrayPool<int>.Shared.Rent(PairKernels.Channels * places)
            let four = Array.zeroCreate<int> PairKernels.Channels
            let first = block * PairKernels.Channels
            let count = min PairKernels.Channels (shape.Channels - first)

            for sample in 0 .. samples - 1 do
                PairKernels.dots<'L, 'V>(&inputs[sample * pairs], &vectors.Weights[first * pairs], pairs, &four[0])

                for i in 0 .. PairKernels.Channels - 1 do
                    sums[i * places + sample] <- four[i]

            for i in 0 .. count - 1 do
                Requantizer.run<'L, 'V>(vectors.Requantizer, first + i, &sums[i * places], places)

                for sample in 0 .. samples - 1 do
                    let value = sums[i * places + sample]
                    let at = sample * shape.Channels + first + i

                    if FastOutput.isBytes target then
                        target.Bytes[at] <- sbyte value
                    else
                        target.Wholes[at] <- value

            ArrayPool<int>.Shared.Return sums)

namespace QuantFunctional

open System.Collections.Immutable

/// Why an input is among the test vectors.
[<RequireQualifiedAccess; NoComparison>]
type VectorKind =
    /// The lowest stored value everywhere.
    | AllMinimum
    /// The highest stored value everywhere.
    | AllMaximum
    /// The stored 0 everywhere.
    | ZeroPoint
    /// The lowest and the highest value in turn, in the order of memory.
    | Alternating
    /// The input that drives the product of an output channel to one of its ends, at one output place; the stored 0 around.
    | WorstCase of Channel: int * Highest: bool
    /// Drawn evenly from all stored values.
    | Random of Number: int

    /// The name as manifests and comments call it.
    member k.Name =
        match k with
        | AllMinimum -> "all-minimum"
        | AllMaximum -> "all-maximum"
        | ZeroPoint -> "zero-point"
        | Alternating -> "alternating"
        | WorstCase(channel, highest) ->
            let end' = if highest then "highest" else "lowest"
            $"{end'}-of-channel-{channel}"
        | Random number -> $"random-{number}"

    override k.ToString() = k.Name

/// One input of a layer for tests: a sample.
[<NoComparison>]
type VectorInput =
    {
        Kind: VectorKind
        /// Stored values by input channel, then place, the last axis running fastest.
        Values: ImmutableArray<int>
    }

    override v.ToString() =
        $"{v.Kind}: {FSharp.ShortText.list v.Values}"

namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// Chooses inputs that a layer's hardware or firmware is tested with.
[<RequireQualifiedAccess>]
module VectorInputs =

    let private reach (layer: IntegerLayer) axis =
        int64 layer.Geometry.Dilations[axis] * int64 (layer.Shape.KernelSizes[axis] - 1) + 1L

    let private pads (layer: IntegerLayer) axis =
        struct (int64 layer.Geometry.Pads[axis], int64 layer.Geometry.Pads[layer.Shape.KernelSizes.Length + axis])

    let private ceilingOver (divisor: int64) (x: int64) = (x + divisor - 1L) / divisor

    /// The smallest input at which an output place reads as much of the kernel as any does: the kernel's reach, and what
    /// stride and padding shift it by.
    let private smallestSize (layer: IntegerLayer) axis =
        let stride, reach = int64 layer.Geometry.Strides[axis], reach layer axis
        let struct (first, last) = pads layer axis

        if layer.Geometry.IsTransposed then
            let readsAll = max reach (first + 1L) + max 0L (last + 1L - reach)
            let hasOutput = 1L + ceilingOver stride (max 0L (first + last + 1L - reach))
            max (ceilingOver stride readsAll) hasOutput
        else
            reach + (stride - first % stride) % stride

    /// The spatial sizes that are taken where none are asked for.
    [<CompiledName "SmallestSizes">]
    let smallestSizes (layer: IntegerLayer) : ImmutableArray<int> =
        let size axis =
            int (min (smallestSize layer axis) (int64 System.Int32.MaxValue))

        ImmutableArray.CreateRange(Seq.init layer.Shape.KernelSizes.Length size)

    /// How many places the output of one sample and channel has, for spatial sizes of the input.
    [<CompiledName "OutputPlaces">]
    let outputPlaces (layer: IntegerLayer) (sizes: ImmutableArray<int>) : bigint =
        let along axis =
            let stride = int64 layer.Geometry.Strides[axis]
            let struct (first, last) = pads layer axis

            if layer.Geometry.IsTransposed then
                (int64 sizes[axis] - 1L) * stride - first - last + reach layer axis
            else
                let room = int64 sizes[axis] + first + last - reach layer axis
                if room < 0L then 0L else room / stride + 1L

        Seq.init sizes.Length along |> Seq.fold (fun product size -> product * bigint (max 0L size)) 1I

    /// The output place that reads the most of the kernel; the first one of those.
    let private fullest (placement: KernelPlacement) (positions: int) =
        let read place =
            Seq.init positions (fun position -> placement.Inputs[place * positions + position])
            |> Seq.filter (fun at -> at >= 0)
            |> Seq.length

        let places = placement.Inputs.Length / positions
        Seq.init places id |> Seq.maxBy read

    /// Where the worst cases stand: the flat index of their output place.
    [<CompiledName "WorstCasePlace">]
    let worstCasePlace (layer: IntegerLayer) (sizes: ImmutableArray<int>) : int =
        fullest (KernelPlacement.create layer.Geometry layer.Shape.KernelSizes sizes) layer.Shape.Positions

    let private worstCase (layer: IntegerLayer) (placement: KernelPlacement) place size channel highest =
        let shape = layer.Shape
        let witness = Bounds.witness layer channel highest
        let firstInput = channel / (shape.Channels / shape.Groups) * shape.Inputs

        let values = Array.create (shape.Inputs * shape.Groups * size) layer.Input.ZeroPoint

        for index in 0 .. witness.Length - 1 do
            let input, position = index / shape.Positions, index % shape.Positions
            let at = placement.Inputs[place * shape.Positions + position]

            if at >= 0 then
                values[(firstInput + input) * size + at] <- witness[index]

        values

    // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): the same on every machine,
    // and any of its numbers without those before it
    let private random (seed: uint64) (index: int64) : uint64 =
        let state = seed + uint64 (index + 1L) * 0x9E3779B97F4A7C15UL
        let mixed = (state ^^^ (state >>> 30)) * 0xBF58476D1CE4E5B9UL
        let mixed = (mixed ^^^ (mixed >>> 27)) * 0x94D049BB133111EBUL
        mixed ^^^ (mixed >>> 31)

    /// The corners, then so many random inputs of a seed. The sizes must fit the layer.
    [<CompiledName "Create">]
    let create (layer: IntegerLayer) (sizes: ImmutableArray<int>) (count: int) (seed: uint64) : VectorInput seq =
        let shape, whole = layer.Shape, layer.InputRange
        let low, high = int whole.Low, int whole.High
        let size = Seq.fold (*) 1 sizes
        let length = shape.Inputs * shape.Groups * size
        let placement = KernelPlacement.create layer.Geometry shape.KernelSizes sizes
        let place = fullest placement shape.Positions

        let vector kind (values: int array) =
            {
                Kind = kind
                Values = ImmutableArray.Create<int> values
            }

        seq {
            yield vector VectorKind.AllMinimum (Array.create length low)
            yield vector VectorKind.AllMaximum (Array.create length high)
            yield vector VectorKind.ZeroPoint (Array.create length layer.Input.ZeroPoint)
            yield vector VectorKind.Alternating (Array.init length (fun i -> if i % 2 = 0 then low else high))

            for channel in 0 .. shape.Channels - 1 do
                for highest in [ false; true ] do
                    yield
                        vector
                            (VectorKind.WorstCase(channel, highest))
                            (worstCase layer placement place size channel highest)

            for number in 0 .. count - 1 do
                let first = int64 number * int64 length

                // there are 2^8 or 2^16 stored values, so that the upper bits draw evenly
                let drawn index =
                    low + int ((random seed (first + int64 index) >>> 32) &&& uint64 (high - low))

                yield vector (VectorKind.Random number) (Array.init length drawn)
        }

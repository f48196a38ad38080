namespace QuantFunctional.FSharp

open QuantFunctional

/// Writes the factors of so many stored values from a place on.
type internal FactorSource = delegate of first: int * target: System.Span<int16> -> unit

/// What the vector loops need of a layer.
[<NoComparison; NoEquality>]
type internal VectorForm =
    {
        /// The bits of the vectors; 0 for none.
        Width: int
        Requantizer: Requantizer
        /// Tiles of a convolution, or rows of a product.
        Weights: int array
    }

namespace QuantFunctional

open QuantFunctional.FSharp

/// A layer made ready for fast runs: its weights are packed once. Immutable; it may be run from any number of threads.
[<Sealed>]
type PreparedLayer internal (layer: IntegerLayer, vectors: VectorForm voption) =

    /// The layer itself.
    member _.Layer = layer

    /// True where the vector loops run it. A layer whose sums may leave int32 for some input, or whose constants are beyond
    /// what vectors run, is left to the plain executor.
    member _.IsVectorised = vectors.IsSome

    member internal _.Vectors = vectors

namespace QuantFunctional.FSharp

open System
open System.Runtime.Intrinsics
open QuantFunctional

/// Which layers the vector loops may run, and what they need for it.
[<RequireQualifiedAccess>]
module internal Preparation =

    /// What makes a stored input the factor that it meets a weight as, an int16: what is taken off it, then a right shift.
    /// The int15 path halves it; the sums of its high and of its low half are one sum, as
    /// Σ hi·w·128 + Σ lo·w = Σ (128·hi + lo)·w.
    let toFactor (layer: IntegerLayer) : struct (int * int) =
        match layer.Path with
        | ActivationPath.Int15 -> struct (0, 1)
        | ActivationPath.Int8
        | ActivationPath.Int16 ->
            let inBias = layer.Profile.InputZeroPointInBias layer.Path
            struct ((if inBias then 0 else layer.Input.ZeroPoint), 0)

    /// The factor of one stored input.
    let factor (layer: IntegerLayer) (stored: int) : int =
        let struct (offset, right) = toFactor layer
        (stored - offset) >>> right

    let private within (low: int64) (high: int64) (value: int64) = value >= low && value <= high

    /// True where no input takes the sum of a channel, nor the sum with its bias, out of int32 or the accumulator.
    let private sumsFit (layer: IntegerLayer) (low: int64) (high: int64) (channel: int) =
        let shape = layer.Shape
        let mutable smallest, largest = 0L, 0L

        for input in 0 .. shape.Inputs - 1 do
            for position in 0 .. shape.Positions - 1 do
                let weight = int64 layer.Weights[shape.Index(channel, input, position)]
                smallest <- smallest + min (low * weight) (high * weight)
                largest <- largest + max (low * weight) (high * weight)

        let fits = within (int64 Int32.MinValue) (int64 Int32.MaxValue)
        let accumulator = Interval.ofBits (min 32 layer.Accumulator.Bits)
        let bias, before = layer.Bias[channel], Requantizer.shiftBefore layer channel

        let held sum =
            fits sum
            && Interval.contains (sum >>> before) accumulator
            && Interval.contains ((sum >>> before) + bias) accumulator

        fits bias && held smallest && held largest

    let private canRun (layer: IntegerLayer) =
        let whole = layer.InputRange

        if
            not (Interval.contains (int64 layer.Input.ZeroPoint) whole)
            || (Geometry.fit layer.Shape.KernelSizes.Length layer.Geometry).IsError
        then
            false
        else
            let low, high =
                int64 (factor layer (int whole.Low)), int64 (factor layer (int whole.High))

            within (int64 Int16.MinValue) (int64 Int16.MaxValue) low
            && within (int64 Int16.MinValue) (int64 Int16.MaxValue) high
            && Seq.forall (sumsFit layer low high) (seq { 0 .. layer.Shape.Channels - 1 })

    /// The layer for vectors of so many bits.
    let ofWidth (width: int) (layer: IntegerLayer) : PreparedLayer =
        let vectors =
            if canRun layer then
                Requantizer.ofLayer layer
                |> ValueOption.map (fun requantizer ->
                    {
                        Width = width
                        Requantizer = requantizer
                        Weights =
                            if layer.Shape.KernelSizes.IsEmpty then
                                PackedWeights.rows layer
                            else
                                PackedWeights.tiles layer
                    })
            else
                ValueNone

        PreparedLayer(layer, vectors)

    /// The bits of the widest vectors that this processor accelerates; 0 where there are none.
    let widest =
        if not Vector128.IsHardwareAccelerated then 0
        elif Vector512.IsHardwareAccelerated then 512
        elif Vector256.IsHardwareAccelerated then 256
        else 128

namespace QuantFunctional.FSharp

open QuantFunctional

/// Writes the factors of so many stored values from a place on.
type internal FactorSource = delegate of first: int * target: System.Span<int16> -> unit

/// Writes so many stored values from a place on as unsigned bytes, 128 more than they are.
type internal ByteSource = delegate of first: int * target: System.Span<byte> -> unit

/// The inputs of a run, in the form that the vector loops take.
[<NoComparison; NoEquality>]
type internal InputSource =
    {
        Factors: FactorSource
        Bytes: ByteSource
    }

/// What the vector loops need of a layer.
[<NoComparison; NoEquality>]
type internal VectorForm =
    {
        Lanes: LaneForm
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

    /// True where the vector loops run it. A layer that overflows for some input, or whose sums need more than 32 bits, or
    /// whose constants are beyond what vectors run, is left to the plain executor.
    member _.IsVectorised = vectors.IsSome

    member internal _.Vectors = vectors

namespace QuantFunctional.FSharp

open System
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
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
        | ActivationPath.Int16 -> struct (layer.InputOffset, 0)

    /// The factor of one stored input.
    let factor (layer: IntegerLayer) (stored: int) : int =
        let struct (offset, right) = toFactor layer
        (stored - offset) >>> right

    let private within (low: int64) (high: int64) (value: int64) = value >= low && value <= high

    /// True where no input overflows on the way to a channel's output, and int32 holds its sums: on the int15 path before
    /// they are shifted, too.
    let private isSafe (layer: IntegerLayer) (low: int64) (high: int64) (channel: int) =
        let int32Holds (value: bigint) =
            value >= bigint Int32.MinValue && value <= bigint Int32.MaxValue

        let struct (positive, negative) = Bounds.sums layer channel
        let bounds = Bounds.ofChannel layer channel

        let accumulator =
            bounds |> List.find (fun bound -> bound.Intermediate = Intermediate.ProductAndBias)

        List.forall (fun (bound: Bound) -> bound.Holds) bounds
        && List.forall
            int32Holds
            [
                bigint low * positive + bigint high * negative
                bigint high * positive + bigint low * negative
                accumulator.Smallest
                accumulator.Largest
            ]

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
            && Seq.forall (isSafe layer low high) (seq { 0 .. layer.Shape.Channels - 1 })

    let private form (lanes: LaneForm) (width: int) (requantizer: Requantizer) (weights: int array) =
        {
            Lanes = lanes
            Width = width
            Requantizer = requantizer
            Weights = weights
        }

    let private make (layer: IntegerLayer) (form: Requantizer -> VectorForm) : PreparedLayer =
        match Requantizer.ofLayer layer with
        | ValueSome requantizer when canRun layer -> PreparedLayer(layer, ValueSome(form requantizer))
        | _ -> PreparedLayer(layer, ValueNone)

    /// The layer for vectors of so many bits.
    let ofWidth (width: int) (layer: IntegerLayer) : PreparedLayer =
        make layer (fun requantizer ->
            form
                LaneForm.Pairs
                width
                requantizer
                (if layer.Shape.KernelSizes.IsEmpty then
                     PackedWeights.rows layer
                 else
                     PackedWeights.tiles LaneForm.Pairs layer))

    /// The bias where inputs are stored as unsigned bytes, which are larger than what meets the weights. It may leave int32,
    /// as may the sums that it is added to; their sum is int32 again.
    let private biasOfBytes (layer: IntegerLayer) (channel: int) (bias: int) : int =
        let struct (positive, negative) = Bounds.sums layer channel
        let struct (offset, _) = toFactor layer
        bias - (128 + offset) * int (positive + negative)

    /// True where quads can run a layer: bytes in, and a kernel.
    let takesQuads (layer: IntegerLayer) : bool =
        layer.Path = ActivationPath.Int8 && not layer.Shape.KernelSizes.IsEmpty

    /// The layer for quads, on vectors of 256 bits. It must take them.
    let ofQuads (layer: IntegerLayer) : PreparedLayer =
        make layer (fun requantizer ->
            form
                LaneForm.Quads
                256
                { requantizer with
                    Bias = Array.mapi (biasOfBytes layer) requantizer.Bias
                }
                (PackedWeights.tiles LaneForm.Quads layer))

    /// The bits of the widest vectors that this processor accelerates; 0 where there are none.
    let widest =
        if not Vector128.IsHardwareAccelerated then 0
        elif Vector512.IsHardwareAccelerated then 512
        elif Vector256.IsHardwareAccelerated then 256
        else 128

    /// The layer as this processor runs it soonest: by quads, where it multiplies them and they are not mostly empty.
    let best (layer: IntegerLayer) : PreparedLayer =
        let shape = layer.Shape

        if AvxVnni.IsSupported && takesQuads layer && shape.Inputs > 2 && shape.Channels / shape.Groups > 2 then
            ofQuads layer
        else
            ofWidth widest layer

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
        /// What makes a stored input the factor that meets a weight: what is taken off it, then a right shift.
        Offset: int
        Right: int
        Requantizer: Requantizer
        /// Tiles of a convolution, or rows of a product.
        Weights: int array
    }

    /// The factor of one stored input.
    member v.Factor(stored: int) = (stored - v.Offset) >>> v.Right

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

    override p.ToString() =
        let how = if p.IsVectorised then "by vectors" else "plain"
        $"{layer}, {how}"

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
    let private toFactor (layer: IntegerLayer) : struct (int * int) =
        match layer.Path with
        | ActivationPath.Int15 -> struct (0, 1)
        | ActivationPath.Int8
        | ActivationPath.Int16 -> struct (layer.InputOffset, 0)

    /// The factor of one stored input.
    let private factor (layer: IntegerLayer) (stored: int) : int =
        let struct (offset, right) = toFactor layer
        (stored - offset) >>> right

    /// What makes a stored input the number from 0 on that saturating pairs and quads multiply.
    let private fromZero = 128

    /// True where some input drives a pair of products out of the 16 bits that they are added in. Where none does, pairs are
    /// the full sum and run as it does.
    let saturates (layer: IntegerLayer) : bool =
        layer.ProductSums = ProductSums.Pairs16
        && Seq.exists (PairSums.canSaturate layer) (seq { 0 .. layer.Shape.Channels - 1 })

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

    let private make (layer: IntegerLayer) (form: Requantizer -> VectorForm) : PreparedLayer =
        match Requantizer.ofLayer layer with
        | ValueSome requantizer when canRun layer -> PreparedLayer(layer, ValueSome(form requantizer))
        | _ -> PreparedLayer(layer, ValueNone)

    /// The requantizer where inputs are multiplied from 0 on, which are larger than what meets the weights. The bias may leave
    /// int32, as may the sums that it is added to; their sum is int32 again.
    let private afterUnsigned (layer: IntegerLayer) (requantizer: Requantizer) : Requantizer =
        let bias channel (bias: int) =
            let struct (positive, negative) = Bounds.sums layer channel
            bias - (fromZero + layer.InputOffset) * int (positive + negative)

        { requantizer with
            Bias = Array.mapi bias requantizer.Bias
        }

    let private weights (form: LaneForm) (layer: IntegerLayer) : int array =
        if layer.Shape.KernelSizes.IsEmpty then
            PackedWeights.rows layer
        else
            PackedWeights.tiles form layer

    /// The layer for vectors of so many bits.
    let ofWidth (width: int) (layer: IntegerLayer) : PreparedLayer =
        let saturates = saturates layer
        let struct (offset, right) = toFactor layer

        let lanes = if saturates then LaneForm.Neighbours else LaneForm.Pairs

        make layer (fun requantizer ->
            {
                Lanes = lanes
                Width = width
                Offset = if saturates then -fromZero else offset
                Right = right
                Requantizer =
                    if saturates then
                        afterUnsigned layer requantizer
                    else
                        requantizer
                Weights = weights lanes layer
            })

    /// True where quads can run a layer: bytes in, a kernel, and no pair that saturates.
    let takesQuads (layer: IntegerLayer) : bool =
        layer.Path = ActivationPath.Int8 && not layer.Shape.KernelSizes.IsEmpty && not (saturates layer)

    /// The layer for quads, on vectors of 256 bits. It must take them.
    let ofQuads (layer: IntegerLayer) : PreparedLayer =
        make layer (fun requantizer ->
            {
                Lanes = LaneForm.Quads
                Width = 256
                Offset = -fromZero
                Right = 0
                Requantizer = afterUnsigned layer requantizer
                Weights = weights LaneForm.Quads layer
            })

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

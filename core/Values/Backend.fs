namespace QuantFunctional

open System.Collections.Immutable

/// The right shifts that a target runs, both ends included; a negative one shifts left.
[<Struct; NoComparison>]
type ShiftRange =
    {
        Lowest: int
        Highest: int
    }

    override r.ToString() = $"{r.Lowest}..{r.Highest}"

/// What a target multiplies the accumulator by.
[<RequireQualifiedAccess; NoComparison>]
type MultiplierForm =
    /// An integer of exactly so many bits, 31 for TFLite: in [2^(Bits−1), 2^Bits), rounded with ties away from zero.
    | Integer of Bits: int
    /// The 24-bit mantissa of a float32 factor.
    | Single24

    /// How many bits the multiplier has.
    member m.Width =
        match m with
        | Integer bits -> bits
        | Single24 -> 24

    override m.ToString() =
        match m with
        | Integer bits -> $"an integer of {bits} bits"
        | Single24 -> "the 24 bits of a float32"

/// How a target rounds when it requantizes.
[<RequireQualifiedAccess; NoComparison>]
type RequantizationRounding =
    /// One rounding shift of the exact product, ties up.
    | OnceTiesUp
    /// gemmlowp: a saturating rounding doubling high multiply, then a rounding shift with ties away from zero.
    | TwiceGemmlowp
    /// TFLite's rule for 64-bit accumulators: the multiplier is reduced to 16 bits, then one rounding shift, ties up.
    | OnceTiesUpReduced16
    /// A product in float32, ties to even.
    | SingleTiesToEven

/// Where the input's zero point is taken off.
[<RequireQualifiedAccess; NoComparison>]
type InputZeroPoint =
    /// In the bias: the product is of the stored integers.
    | InBias
    /// Off each input before the product.
    | OffEachInput

/// Where the output's zero point is added.
[<RequireQualifiedAccess; NoComparison>]
type OutputZeroPoint =
    /// In the bias for precisions without a zero point correction, after the requantization for the others.
    | ByPrecision
    /// Always after the requantization.
    | AfterRequantization

/// How a target runs a ReLU that follows the layer.
[<RequireQualifiedAccess; NoComparison>]
type ReluForm =
    /// Its output stage clamps at any value, for the precisions of TFLite's form; for the others it only saturates.
    | ByClamp
    /// It only saturates at the end of the output type.
    | BySaturation

/// How a target adds the products of 8-bit inputs before they reach the accumulator.
[<RequireQualifiedAccess; NoComparison>]
type ProductSums =
    /// Every product reaches the accumulator whole.
    | InFull
    /// Two neighbouring products are added in 16 bits with saturation, and the pairs in the accumulator.
    | Pairs16
    /// The one or the other, by the machine: integers must be right both ways, and run in full here.
    | InFullOrPairs16

/// How an engine computes what stands between the layers, on one kind of processor. ONNX Runtime has four ways.
[<RequireQualifiedAccess; NoComparison>]
type OperatorArithmetic =
    /// ONNX Runtime on x64 with fused multiply-adds, as every processor with AVX2 has them.
    | OnnxRuntimeX64Fma
    /// ONNX Runtime on x64 without fused multiply-adds: every operation is rounded by itself.
    | OnnxRuntimeX64
    /// ONNX Runtime on ARM64: sums by 22-bit multipliers and a rounding shift.
    | OnnxRuntimeArm64
    /// ONNX Runtime in WebAssembly: sums and products of real numbers, in float32.
    | OnnxRuntimeWasm
    /// The standard's own reading: each operator between its conversions, in float32, nothing fused.
    | Unfused
    /// TFLite's reference kernels, which round as the accumulator does.
    | Tflite

/// What holds product and bias, and how it becomes the output.
[<NoComparison>]
type Accumulator =
    {
        /// The usable bits, sign included.
        Bits: int
        /// The shifts that it runs with the multiplier 1.
        UnitShift: ShiftRange
        /// The shifts that planning allows with a normalised multiplier.
        MultiplierShift: ShiftRange
        /// How the requantization rounds.
        Rounding: RequantizationRounding
    }

    override a.ToString() = $"{a.Bits} bits, {a.Rounding}"

/// What a target can do (docs/arithmetic.md, targets). No constant of a target stands anywhere else.
[<NoComparison>]
type BackendProfile =
    {
        /// The name that plans and messages call it by.
        Name: string
        /// The activation paths that it runs.
        Paths: ImmutableArray<ActivationPath>
        /// The precisions that it runs.
        Precisions: ImmutableArray<Precision>
        /// The multiplier's form.
        Multiplier: MultiplierForm
        /// The accumulator of the int8 and int15 paths.
        Accumulator: Accumulator
        /// The accumulator of the int16 path.
        Int16Accumulator: Accumulator
        /// Where the input's zero point is taken off on the int8 path. On the int15 path that is always the bias.
        InputZeroPoint: InputZeroPoint
        /// Where the output's zero point is added.
        OutputZeroPoint: OutputZeroPoint
        /// What the target's files hold a StepSize in.
        Steps: StepFormat
        /// How it runs a ReLU.
        Relu: ReluForm
        /// True where output channels may differ in intrinsic shift.
        MixedIntrinsicShift: bool
        /// How the products of the int8 path are added.
        Products: ProductSums
        /// What stands between the layers: one arithmetic, or several that must give the same integers. The first one runs.
        BetweenLayers: ImmutableArray<OperatorArithmetic>
    }

    /// True where every precision has TFLite's form.
    member p.IsTflite =
        Seq.forall (fun (precision: Precision) -> precision.IsTflite) p.Precisions

    /// The accumulator of a path.
    member p.AccumulatorOf(path: ActivationPath) =
        match path with
        | ActivationPath.Int8
        | ActivationPath.Int15 -> p.Accumulator
        | ActivationPath.Int16 -> p.Int16Accumulator

    /// The shifts that planning allows on a path for a precision.
    member p.ShiftRange(path: ActivationPath, precision: Precision) =
        let accumulator = p.AccumulatorOf path

        if precision.HasMultiplier then
            accumulator.MultiplierShift
        else
            accumulator.UnitShift

    /// True where a ReLU is right only if the output's zero point is its lowest value.
    member p.SaturatesRelu(precision: Precision) =
        p.Relu = ReluForm.BySaturation || precision.IsArithFolded

    /// True where the input's zero point is taken off in the bias; on the int15 path it always is.
    member p.InputZeroPointInBias(path: ActivationPath) =
        path = ActivationPath.Int15 || p.InputZeroPoint = InputZeroPoint.InBias

    /// True where the output's zero point travels in the bias.
    member p.ZeroPointInBias(precision: Precision) =
        p.OutputZeroPoint = OutputZeroPoint.ByPrecision && not precision.HasZpCorrection

    override p.ToString() = p.Name

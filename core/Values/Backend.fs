namespace QuantFunctional

open System.Collections.Immutable

/// The right shifts that a target runs, both ends included; a negative one shifts left.
[<Struct; NoComparison>]
type ShiftRange = { Lowest: int; Highest: int }

/// What a target multiplies the accumulator by.
[<RequireQualifiedAccess; NoComparison>]
type MultiplierForm =
    /// A 31-bit integer in [2^30, 2^31), rounded with ties away from zero.
    | Integer31
    /// The 24-bit mantissa of a float32 factor.
    | Single24

/// How a target rounds when it requantizes.
[<RequireQualifiedAccess; NoComparison>]
type RequantizationRounding =
    /// One rounding shift of the exact product, ties up.
    | OnceTiesUp
    /// gemmlowp: a saturating rounding doubling high multiply, then a rounding shift with ties away from zero.
    | TwiceGemmlowp
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

/// What a target can do (SPEC section 1, backend profiles). No constant of a target stands anywhere else.
[<NoComparison>]
type BackendProfile =
    {
        /// The name that plans and messages call it by.
        Name: string
        /// The activation paths that it runs.
        Paths: ImmutableArray<ActivationPath>
        /// The precisions that it runs.
        Precisions: ImmutableArray<Precision>
        /// The shifts that it runs with the multiplier 1.
        UnitShift: ShiftRange
        /// The shifts that planning allows with a normalised multiplier.
        MultiplierShift: ShiftRange
        /// The multiplier's form.
        Multiplier: MultiplierForm
        /// How the requantization rounds.
        Rounding: RequantizationRounding
        /// Bits of the accumulator that holds product and bias.
        AccumulatorBits: int
        /// Where the input's zero point is taken off on the int8 path.
        InputZeroPoint: InputZeroPoint
        /// Where the output's zero point is added.
        OutputZeroPoint: OutputZeroPoint
        /// What the target's files hold a StepSize in.
        Steps: StepFormat
        /// How it runs a ReLU.
        Relu: ReluForm
        /// True where output channels may differ in intrinsic shift.
        MixedIntrinsicShift: bool
    }

    /// The shifts that planning allows for a precision.
    member p.ShiftRange(precision: Precision) =
        if precision.HasMultiplier then
            p.MultiplierShift
        else
            p.UnitShift

    /// True where a ReLU is right only if the output's zero point is its lowest value.
    member p.SaturatesRelu(precision: Precision) =
        p.Relu = ReluForm.BySaturation || precision.IsArithFolded

    /// True where the output's zero point travels in the bias.
    member p.ZeroPointInBias(precision: Precision) =
        p.OutputZeroPoint = OutputZeroPoint.ByPrecision && not precision.HasZpCorrection

namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// The named profiles of SPEC section 1.
[<RequireQualifiedAccess>]
module BackendProfile =

    let private all =
        ImmutableArray.Create<Precision>(
            Precision.SimaInt8,
            Precision.TfliteInt8,
            Precision.RestrictedTfliteInt8,
            Precision.SimaInt16,
            Precision.TfliteInt16,
            Precision.RestrictedTfliteInt16,
            Precision.SimaInt32
        )

    let private where (keep: Precision -> bool) =
        ImmutableArray.CreateRange(Seq.filter keep all)

    /// The reference arithmetic: exact products, one rounding shift, everything that can travels in the bias.
    [<CompiledName "Reference">]
    let reference: BackendProfile =
        {
            Name = "reference"
            Paths = ImmutableArray.Create(ActivationPath.Int8, ActivationPath.Int15)
            Precisions = all
            UnitShift = { Lowest = 0; Highest = 31 }
            MultiplierShift = { Lowest = 0; Highest = 62 }
            Multiplier = MultiplierForm.Integer31
            Rounding = RequantizationRounding.OnceTiesUp
            AccumulatorBits = 32
            InputZeroPoint = InputZeroPoint.InBias
            OutputZeroPoint = OutputZeroPoint.ByPrecision
            Steps = StepFormat.Float64
            Relu = ReluForm.ByClamp
            MixedIntrinsicShift = true
        }

    /// TFLite's kernels with gemmlowp's two roundings. A shift below 31 would leave int32 before the multiply.
    [<CompiledName "Tflite">]
    let tflite: BackendProfile =
        { reference with
            Name = "tflite"
            Paths = ImmutableArray.Create(ActivationPath.Int8, ActivationPath.Int16)
            Precisions = where _.IsTflite
            MultiplierShift = { Lowest = 31; Highest = 62 }
            Rounding = RequantizationRounding.TwiceGemmlowp
            InputZeroPoint = InputZeroPoint.OffEachInput
            Steps = StepFormat.Float32
            MixedIntrinsicShift = false
        }

    /// TFLite's kernels built with a single rounding.
    [<CompiledName "TfliteSingleRounding">]
    let tfliteSingleRounding: BackendProfile =
        { tflite with
            Name = "tflite-single-rounding"
            Rounding = RequantizationRounding.OnceTiesUp
        }

    /// ONNX Runtime's integer kernels: the factor is a float32, so a shift is its exponent and any normal one runs.
    [<CompiledName "OnnxRuntime">]
    let onnxRuntime: BackendProfile =
        {
            Name = "onnxruntime"
            Paths = ImmutableArray.Create(ActivationPath.Int8)
            Precisions = where (fun precision -> precision.OutputType = ScalarType.Int8)
            UnitShift = { Lowest = -127; Highest = 126 }
            MultiplierShift = { Lowest = -104; Highest = 149 }
            Multiplier = MultiplierForm.Single24
            Rounding = RequantizationRounding.SingleTiesToEven
            AccumulatorBits = 32
            InputZeroPoint = InputZeroPoint.OffEachInput
            OutputZeroPoint = OutputZeroPoint.AfterRequantization
            Steps = StepFormat.Float32
            Relu = ReluForm.BySaturation
            MixedIntrinsicShift = false
        }

    /// Every named profile.
    let named: BackendProfile list =
        [ reference; tflite; tfliteSingleRounding; onnxRuntime ]

    /// The profile of a name, if there is one.
    let tryFind (name: string) : BackendProfile option =
        named |> List.tryFind (fun profile -> profile.Name = name)

namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// The named profiles of docs/arithmetic.md, and what a profile of one's own must meet.
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

    /// Every precision there is, in the order of docs/arithmetic.md.
    [<CompiledName "Precisions">]
    let precisions: ImmutableArray<Precision> = all

    let private exact32 =
        {
            Bits = 32
            UnitShift = { Lowest = 0; Highest = 31 }
            MultiplierShift = { Lowest = 0; Highest = 62 }
            Rounding = RequantizationRounding.OnceTiesUp
        }

    // a shift below 31 would leave int32 before the multiply
    let private tflite32 =
        { exact32 with
            MultiplierShift = { Lowest = 31; Highest = 62 }
            Rounding = RequantizationRounding.TwiceGemmlowp
        }

    let private tflite64 =
        { exact32 with
            Bits = 48
            MultiplierShift = { Lowest = 24; Highest = 62 } // exponents 7 to −31
            Rounding = RequantizationRounding.OnceTiesUpReduced16
        }

    /// The reference arithmetic: exact products, one rounding shift, everything that can travels in the bias.
    [<CompiledName "Reference">]
    let reference: BackendProfile =
        {
            Name = "reference"
            Paths = ImmutableArray.Create(ActivationPath.Int8, ActivationPath.Int15)
            Precisions = all
            Multiplier = MultiplierForm.Integer 31
            Accumulator = exact32
            Int16Accumulator = exact32
            InputZeroPoint = InputZeroPoint.InBias
            OutputZeroPoint = OutputZeroPoint.ByPrecision
            Steps = StepFormat.Float64
            Relu = ReluForm.ByClamp
            MixedIntrinsicShift = true
            Products = ProductSums.InFull
            BetweenLayers = ImmutableArray.Create OperatorArithmetic.OnnxRuntimeX64Fma
        }

    /// TFLite's kernels with gemmlowp's two roundings; 16-bit activations have a 64-bit accumulator.
    [<CompiledName "Tflite">]
    let tflite: BackendProfile =
        { reference with
            Name = "tflite"
            Paths = ImmutableArray.Create(ActivationPath.Int8, ActivationPath.Int16)
            Precisions = where _.IsTflite
            Accumulator = tflite32
            Int16Accumulator = tflite64
            InputZeroPoint = InputZeroPoint.OffEachInput
            Steps = StepFormat.Float32
            MixedIntrinsicShift = false
            BetweenLayers = ImmutableArray.Create OperatorArithmetic.Tflite
        }

    /// TFLite's kernels with a 32-bit accumulator for 16-bit activations too.
    [<CompiledName "TfliteInt32Accumulator">]
    let tfliteInt32Accumulator: BackendProfile =
        { tflite with
            Name = "tflite-int32-accumulator"
            Int16Accumulator = tflite32
        }

    let private single =
        { tflite32 with
            Rounding = RequantizationRounding.OnceTiesUp
        }

    /// TFLite's kernels built with a single rounding.
    [<CompiledName "TfliteSingleRounding">]
    let tfliteSingleRounding: BackendProfile =
        { tflite with
            Name = "tflite-single-rounding"
            Accumulator = single
        }

    /// TFLite's kernels built with a single rounding, with a 32-bit accumulator for 16-bit activations too.
    [<CompiledName "TfliteSingleRoundingInt32Accumulator">]
    let tfliteSingleRoundingInt32Accumulator: BackendProfile =
        { tfliteSingleRounding with
            Name = "tflite-single-rounding-int32-accumulator"
            Int16Accumulator = single
        }

    let private onnxRuntimeAccumulator =
        {
            Bits = 32
            UnitShift = { Lowest = -127; Highest = 126 }
            MultiplierShift = { Lowest = -104; Highest = 149 }
            Rounding = RequantizationRounding.SingleTiesToEven
        }

    /// ONNX Runtime's integer kernels on every processor at once: what is planned for it gives the same integers on x64 with
    /// and without VNNI and FMA, on ARM64 and in WebAssembly. The factor is a float32, so a shift is its exponent and any
    /// normal one runs. Executors take x64 with VNNI.
    [<CompiledName "OnnxRuntime">]
    let onnxRuntime: BackendProfile =
        {
            Name = "onnxruntime"
            Paths = ImmutableArray.Create ActivationPath.Int8
            Precisions = where (fun precision -> precision.OutputType = ScalarType.Int8)
            Multiplier = MultiplierForm.Single24
            Accumulator = onnxRuntimeAccumulator
            Int16Accumulator = onnxRuntimeAccumulator
            InputZeroPoint = InputZeroPoint.OffEachInput
            OutputZeroPoint = OutputZeroPoint.AfterRequantization
            Steps = StepFormat.Float32
            Relu = ReluForm.BySaturation
            MixedIntrinsicShift = false
            Products = ProductSums.InFullOrPairs16
            BetweenLayers =
                ImmutableArray.Create(
                    OperatorArithmetic.OnnxRuntimeX64Fma,
                    OperatorArithmetic.OnnxRuntimeX64,
                    OperatorArithmetic.OnnxRuntimeArm64,
                    OperatorArithmetic.OnnxRuntimeWasm,
                    OperatorArithmetic.Unfused
                )
        }

    let private onnxRuntimeOn (name: string) (products: ProductSums) (between: OperatorArithmetic) : BackendProfile =
        { onnxRuntime with
            Name = name
            Products = products
            BetweenLayers = ImmutableArray.Create between
        }

    /// ONNX Runtime on x64 with VNNI, where products are added in full.
    [<CompiledName "OnnxRuntimeVnni">]
    let onnxRuntimeVnni: BackendProfile =
        onnxRuntimeOn "onnxruntime-vnni" ProductSums.InFull OperatorArithmetic.OnnxRuntimeX64Fma

    /// ONNX Runtime on x64 with AVX2 or AVX-512 and without VNNI, where neighbouring products saturate in 16 bits.
    [<CompiledName "OnnxRuntimeX64Avx2">]
    let onnxRuntimeX64Avx2: BackendProfile =
        onnxRuntimeOn "onnxruntime-x64-avx2" ProductSums.Pairs16 OperatorArithmetic.OnnxRuntimeX64Fma

    /// ONNX Runtime on x64 with SSE4.1 alone.
    [<CompiledName "OnnxRuntimeX64Sse">]
    let onnxRuntimeX64Sse: BackendProfile =
        onnxRuntimeOn "onnxruntime-x64-sse" ProductSums.InFull OperatorArithmetic.OnnxRuntimeX64

    /// ONNX Runtime on ARM64.
    [<CompiledName "OnnxRuntimeArm64">]
    let onnxRuntimeArm64: BackendProfile =
        onnxRuntimeOn "onnxruntime-arm64" ProductSums.InFull OperatorArithmetic.OnnxRuntimeArm64

    /// ONNX Runtime in WebAssembly, as the browser runs it.
    [<CompiledName "OnnxRuntimeWasm">]
    let onnxRuntimeWasm: BackendProfile =
        onnxRuntimeOn "onnxruntime-wasm" ProductSums.InFull OperatorArithmetic.OnnxRuntimeWasm

    /// The profile with files that hold steps in another format.
    let withSteps (steps: StepFormat) (profile: BackendProfile) : BackendProfile = { profile with Steps = steps }

    /// The profile with a kernel of it that adds products another way.
    let withProducts (products: ProductSums) (profile: BackendProfile) : BackendProfile =
        { profile with Products = products }

    /// Every named profile.
    let named: BackendProfile list =
        [
            reference
            tflite
            tfliteInt32Accumulator
            tfliteSingleRounding
            tfliteSingleRoundingInt32Accumulator
            onnxRuntime
            onnxRuntimeVnni
            onnxRuntimeX64Avx2
            onnxRuntimeX64Sse
            onnxRuntimeArm64
            onnxRuntimeWasm
        ]

    /// The profile of a name, if there is one.
    let tryFind (name: string) : BackendProfile option =
        named |> List.tryFind (fun profile -> profile.Name = name)

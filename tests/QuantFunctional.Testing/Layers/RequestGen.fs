namespace QuantFunctional.Testing

open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Generators of what is asked for: every profile, precision and path.
[<RequireQualifiedAccess>]
module RequestGen =

    /// The reference, but for channels that all have the same intrinsic shift.
    let uniform: BackendProfile =
        { BackendProfile.reference with
            Name = "uniform"
            MixedIntrinsicShift = false
        }

    /// A target that a user might draw up: few bits, few shifts.
    let drawn: Gen<BackendProfile> =
        gen {
            let! bits = Gen.choose (12, 28)
            let! lowest = Gen.choose (0, 4)
            let! highest = Gen.choose (8, 31)
            let! width = Gen.choose (2, 31)
            let! mixed = Gen.elements [ true; false ]
            let! input = Gen.elements [ InputZeroPoint.InBias; InputZeroPoint.OffEachInput ]

            let! output =
                Gen.elements [ OutputZeroPoint.ByPrecision; OutputZeroPoint.AfterRequantization ]

            let! relu = Gen.elements [ ReluForm.ByClamp; ReluForm.BySaturation ]
            let! steps = Gen.elements [ StepFormat.Float64; StepFormat.Float32 ]
            let! products = Gen.elements [ ProductSums.InFull; ProductSums.Pairs16 ]

            return
                { BackendProfile.reference with
                    Name = "drawn"
                    Multiplier = MultiplierForm.Integer width
                    Accumulator =
                        { BackendProfile.reference.Accumulator with
                            Bits = bits
                            UnitShift = { Lowest = lowest; Highest = highest }
                            MultiplierShift =
                                {
                                    Lowest = lowest
                                    Highest = highest + width
                                }
                        }
                    InputZeroPoint = input
                    OutputZeroPoint = output
                    Relu = relu
                    Steps = steps
                    MixedIntrinsicShift = mixed
                    Products = products
                }
        }

    let profile: Gen<BackendProfile> =
        Gen.frequency
            [
                3, Gen.constant BackendProfile.reference
                6, Gen.elements BackendProfile.named
                1, Gen.constant uniform
                2, drawn
            ]

    /// The precisions that one can ask a profile for; a request with a way out is met twice.
    let precisions (profile: BackendProfile) : PrecisionRequest list =
        [
            for precision in profile.Precisions do
                PrecisionRequest.Exactly precision

                match precision with
                | Precision.SimaInt8 -> yield! [ PrecisionRequest.SimaInt8OrTflite; PrecisionRequest.SimaInt8OrTflite ]
                | Precision.SimaInt16 ->
                    PrecisionRequest.SimaInt16OrTflite
                    PrecisionRequest.SimaInt16OrTflite
                    PrecisionRequest.SimaInt16OrWider
                    PrecisionRequest.SimaInt16OrWider
                | _ -> ()
        ]

    /// The types of input that a profile runs.
    let inputs (profile: BackendProfile) : ScalarType list =
        [
            if profile.Paths.Contains ActivationPath.Int8 then
                ScalarType.Int8
            if profile.Paths.Contains ActivationPath.Int15 || profile.Paths.Contains ActivationPath.Int16 then
                ScalarType.Int16
        ]

    /// True where an input enters the product whole, so that its zero point is 0.
    let isWhole (profile: BackendProfile) (input: ScalarType) : bool =
        input = ScalarType.Int16 && not (profile.Paths.Contains ActivationPath.Int15)

    let private requestOf (profile: Gen<BackendProfile>) : Gen<PlanRequest * ScalarType> =
        gen {
            let! profile = profile
            let! precision = Gen.elements (precisions profile)
            let! input = Gen.elements (inputs profile)
            let! perChannel = Gen.elements [ true; false ]
            let! asymmetric = Gen.frequency [ 3, Gen.constant true; 1, Gen.constant false ]

            return
                {
                    Profile = profile
                    Precision = precision
                    PerChannel = perChannel
                    Asymmetric = asymmetric
                    BiasCorrection = BiasCorrection.Off
                    WeightRounding = WeightRounding.Nearest
                },
                input
        }

    let request: Gen<PlanRequest * ScalarType> = requestOf profile

    /// 16-bit inputs, one weight scale per channel, a target of few bits whose channels may differ in intrinsic shift.
    let tight: Gen<PlanRequest * ScalarType> =
        requestOf (
            drawn
            |> Gen.map (fun profile ->
                { profile with
                    MixedIntrinsicShift = true
                })
        )
        |> Gen.map (fun (request, _) -> { request with PerChannel = true }, ScalarType.Int16)

    /// 16-bit inputs on TFLite's 64-bit accumulators.
    let wide: Gen<PlanRequest * ScalarType> =
        requestOf (Gen.elements [ BackendProfile.tflite; BackendProfile.tfliteSingleRounding ])
        |> Gen.map (fun (request, _) -> request, ScalarType.Int16)

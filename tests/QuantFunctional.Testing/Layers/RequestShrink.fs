namespace QuantFunctional.Testing

open QuantFunctional
open QuantFunctional.FSharp

/// Makes what is asked for simpler.
[<RequireQualifiedAccess>]
module RequestShrink =

    /// Profiles that are nearer to the reference's arithmetic: the whole of it, then one field of it.
    let profile (profile: BackendProfile) : BackendProfile seq =
        let reference = BackendProfile.reference

        [
            reference
            { profile with
                Multiplier = reference.Multiplier
                Accumulator = reference.Accumulator
            }
            { profile with
                InputZeroPoint = reference.InputZeroPoint
            }
            { profile with
                OutputZeroPoint = reference.OutputZeroPoint
            }
            { profile with Steps = reference.Steps }
            { profile with Relu = reference.Relu }
            { profile with
                MixedIntrinsicShift = reference.MixedIntrinsicShift
            }
            { profile with
                Products = reference.Products
            }
        ]
        |> Seq.filter (fun simpler -> simpler <> profile && Result.isOk (ProfileRules.check simpler))

    /// Simpler requests: without a way out, a correction, scales per channel or a zero point; then of a simpler profile.
    let smaller (request: PlanRequest) : PlanRequest seq =
        Seq.append
            (Seq.filter
                ((<>) request)
                [
                    { request with
                        Precision = PrecisionRequest.Exactly request.Precision.First
                    }
                    { request with
                        BiasCorrection = BiasCorrection.Off
                    }
                    { request with PerChannel = false }
                    { request with Asymmetric = false }
                ])
            (profile request.Profile
             |> Seq.filter (fun simpler -> simpler.Precisions.Contains request.Precision.First)
             |> Seq.map (fun simpler -> { request with Profile = simpler }))

namespace QuantFunctional.Testing

open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.FSharp

/// The case that facts begin with: int8 in and out, no bias, a product of one channel per array.
[<RequireQualifiedAccess>]
module internal PlainCase =

    let request (profile: BackendProfile) (precision: PrecisionRequest) : PlanRequest =
        {
            Profile = profile
            Precision = precision
            PerChannel = true
            Asymmetric = true
            BiasCorrection = BiasCorrection.Off
            WeightRounding = WeightRounding.Nearest
        }

    let ofWeights (profile: BackendProfile) (precision: Precision) (weights: float32 array array) : LayerCase =
        {
            Request = request profile (PrecisionRequest.Exactly precision)
            Relu = false
            Weights = weights
            Positions = 1
            Groups = 1
            Bias = [||]
            InputType = ScalarType.Int8
            InputStep = 1.0
            InputZeroPoint = 0
            Low = -1.0
            High = 1.0
            Correction = Correction.Off
        }

    /// The same case with 16-bit inputs.
    let wide (case: LayerCase) : LayerCase =
        { case with
            InputType = ScalarType.Int16
        }

    let asked (precision: PrecisionRequest) (case: LayerCase) : LayerCase =
        { case with
            Request =
                { case.Request with
                    Precision = precision
                }
        }

    let on (profile: BackendProfile) (case: LayerCase) : LayerCase =
        { case with
            Request = { case.Request with Profile = profile }
        }

    /// The same case with so much added to the nearest weights.
    let rounded (added: sbyte array) (case: LayerCase) : LayerCase =
        { case with
            Request =
                { case.Request with
                    WeightRounding = WeightRounding.Differences(ImmutableArray.Create<sbyte> added)
                }
        }

    /// The plan, which a test knows to be there.
    let plan (case: LayerCase) : QuantizedLayer =
        match LayerCase.plan case with
        | Ok planned -> planned
        | Error refused -> invalidOp $"{case.Text}: {refused.Message}"

    /// The refusal, which a test knows to be there.
    let refusal (case: LayerCase) : Refusal =
        match LayerCase.plan case with
        | Ok _ -> invalidOp $"{case.Text}: planned"
        | Error refused -> refused.Refusal

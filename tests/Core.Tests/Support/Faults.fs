namespace QuantFunctional.Testing

open System
open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.FSharp

/// Bad input of every kind.
[<RequireQualifiedAccess>]
module Faults =

    let private planned (case: LayerCase) =
        LayerCase.plan case |> Result.map ignore |> Result.mapError _.Refusal

    let private quiet (source: Result<'T, Refusal>) = Result.map ignore source

    let private bad = [| nanf; infinityf; -infinityf |]

    /// The case on the reference profile, which runs every precision and both types of input.
    let private onReference precision case =
        case
        |> PlainCase.on BackendProfile.reference
        |> PlainCase.asked (PrecisionRequest.Exactly precision)

    let private relu (case: LayerCase) =
        { case with
            Relu = true
            Request = { case.Request with Asymmetric = false }
        }

    /// Makes the layer with some of its parts replaced.
    let private remade (case: LayerCase) bias geometry (output: ObservedDistribution) =
        let layer = LayerCase.layer case

        Layer.create layer.Weights geometry (ReadOnlyMemory<float32> bias) layer.Input output layer.Activation
        |> quiet

    /// One fault planted in a sound case, by the name of the refusal that must answer it; n chooses its place.
    let all: (string * (LayerCase -> int -> Result<unit, Refusal>)) list =
        [
            "WeightNotFinite",
            fun case n ->
                let weights = Array.map Array.copy case.Weights
                weights[n % case.Channels][n % case.Length] <- bad[n % 3]
                planned { case with Weights = weights }
            "BiasNotFinite",
            fun case n ->
                planned
                    { case with
                        Bias = Array.init case.Channels (fun i -> if i = n % case.Channels then bad[n % 3] else 0.0f)
                    }
            "BiasCorrectionNotFit",
            fun case n ->
                let inputs, outputs = case.InputChannels, case.Channels

                planned
                    { case with
                        Correction =
                            match n % 4 with
                            | 0 -> Correction.MeanInput(Array.zeroCreate (inputs + 1))
                            | 1 -> Correction.MeanInput(Array.create inputs nan)
                            | 2 -> Correction.MeanOutput(Array.zeroCreate (outputs + 1), Array.zeroCreate outputs)
                            | _ -> Correction.MeanOutput(Array.zeroCreate outputs, [||])
                    }
            "WeightRoundingNotFit",
            fun case n ->
                let more = case.Channels * case.Length + n % 3 + 1
                planned (PlainCase.rounded (Array.zeroCreate more) case)
            "ProfileNotValid",
            fun case n ->
                let profile = case.Request.Profile

                let accumulator =
                    { profile.Accumulator with
                        UnitShift = { Lowest = n % 9 + 1; Highest = n % 9 }
                    }

                case
                |> PlainCase.on
                    { profile with
                        Accumulator = accumulator
                    }
                |> planned
            "PrecisionNotRun",
            fun case _ ->
                let profile = case.Request.Profile

                let others =
                    ImmutableArray.CreateRange(Seq.filter ((<>) case.Precision) BackendProfile.precisions)

                planned (PlainCase.on { profile with Precisions = others } case)
            "PathNotRun",
            fun case _ ->
                let only =
                    if case.InputType = ScalarType.Int8 then
                        ActivationPath.Int15
                    else
                        ActivationPath.Int8

                case
                |> PlainCase.on
                    { case.Request.Profile with
                        Paths = ImmutableArray.Create only
                    }
                |> planned
            "InputTypeNotRun",
            fun case n ->
                planned
                    { case with
                        InputType = if n % 2 = 0 then ScalarType.Int4 else ScalarType.Int32
                        InputZeroPoint = n % 8
                    }
            "InputZeroPointNotRun",
            fun case n ->
                { case with
                    InputZeroPoint = n % 100 + 1
                }
                |> onReference Precision.TfliteInt8
                |> PlainCase.on BackendProfile.tflite
                |> PlainCase.wide
                |> planned
            "ParametersOfAnotherLayer",
            fun case n ->
                let start = Attempts.start case

                let parameters =
                    match n % 3 with
                    | 0 ->
                        { start with
                            BitsGivenUp = Channelwise.replicate start.BitsGivenUp 9
                        }
                    | 1 ->
                        { start with
                            BitsGivenUp = Channelwise.perChannel (Array.zeroCreate (case.Channels + 1))
                        }
                    | _ ->
                        { start with
                            Precision =
                                if case.Precision = Precision.SimaInt32 then
                                    Precision.SimaInt8
                                else
                                    Precision.SimaInt32
                        }

                Pipeline.planFrom parameters (LayerCase.request case) (LayerCase.layer case)
                |> Result.map ignore
                |> Result.mapError _.Refusal
            "ScaleOutOfRange",
            fun case n ->
                match n % 3 with
                | 0 -> planned { case with Relu = false; High = 1e300 }
                | 1 -> Encoding.ofStep 0.0 0 case.InputType |> quiet
                | _ -> Encoding.ofStep (Math.ScaleB(1.0, -127 - n % 99)) 0 case.InputType |> quiet
            "NotASignedInteger",
            fun case n ->
                let scalar = if n % 2 = 0 then ScalarType.UInt8 else ScalarType.Float32

                Encoding.ofStep case.InputStep 0 scalar |> quiet
            "ZeroPointOutOfRange",
            fun case n ->
                let struct (low, high) = LayerCase.inputRange case.InputType
                let outside = if n % 2 = 0 then high + 1 + n else low - 1 - n
                Encoding.ofStep case.InputStep outside case.InputType |> quiet
            "RangeNotOrdered",
            fun case n ->
                match n % 3 with
                | 0 -> ObservedDistribution.ofRange (case.High + abs case.High + 1.0) case.High |> quiet
                | 1 -> ObservedDistribution.ofRange nan case.High |> quiet
                | _ -> ObservedDistribution.ofObservation case.Low infinity |> quiet
            "DistributionNotFit",
            fun case n ->
                let observed = ObservedDistribution.ofRange case.Low case.High |> LayerCase.need

                match n % 4 with
                | 0 -> ObservedDistribution.withMeans [ 0.0; infinity ] observed |> quiet
                | 1 -> ObservedDistribution.withHistogram [] observed |> quiet
                | 2 -> ObservedDistribution.withHistogram [ 3L; -1L ] observed |> quiet
                | _ ->
                    ObservedDistribution.withMeans (Array.zeroCreate (case.Channels + 1)) observed
                    |> Result.bind (remade case [||] (LayerCase.layer case).Geometry)
            "WeightShape",
            fun case n ->
                let sizes =
                    match n % 3 with
                    | 0 -> [ case.Channels ]
                    | 1 -> [ case.Channels; 0; 1 ]
                    | _ -> [ case.Channels; 1; 1; 1; 1; 1 ]

                WeightShape.create WeightLayout.OIHW 1 sizes |> quiet
            "WeightCount",
            fun case n ->
                let data = Array.concat case.Weights

                WeightView.create
                    WeightLayout.OI
                    1
                    [ case.Channels; case.Length ]
                    (ReadOnlyMemory(Array.truncate (n % data.Length) data))
                |> quiet
            "GeometryNotFit",
            fun case n ->
                let layer = LayerCase.layer case
                let axes = layer.Weights.Shape.KernelSizes.Length
                remade case [||] (Geometry.plain (axes + 1 + n % 2)) layer.Output
            "BiasLength",
            fun case n ->
                let layer = LayerCase.layer case
                remade case (Array.zeroCreate (case.Channels + 1 + n % 3)) layer.Geometry layer.Output
            "ScalesNotRelated",
            fun case n ->
                let one = Channelwise.perTensor 1.0
                let input = (LayerCase.layer case).Input
                let far = Requantization.ofPow2 (n % 9 + 1)
                Plan.ofParts input one input (Channelwise.perTensor far) (Channelwise.perTensor 0) |> quiet
            "GroupSizeBelowOne",
            fun case n ->
                WeightOnly.plan
                    (WeightOnlyCases.asked (WeightGranularity.PerGroup -n))
                    (LayerCase.layer case).Weights
                    ReadOnlyMemory.Empty
                |> quiet
            "WeightOnlyNotFit",
            fun case n ->
                let shape = (LayerCase.layer case).Weights.Shape
                let weights = ImmutableArray.Create<sbyte>(Array.zeroCreate shape.Count)

                let steps =
                    ImmutableArray.CreateRange(Seq.replicate (n % 3) (if n % 3 = 1 then nan else 1.0))

                let request = WeightOnlyCases.asked WeightGranularity.PerTensor

                WeightOnly.ofParts request shape weights steps ImmutableArray.Empty ImmutableArray.Empty |> quiet
            "PackingNotFit",
            fun _ n ->
                if n % 2 = 0 then
                    Int4Packing.pack (ReadOnlySpan [| 7y; 8y |]) |> quiet
                else
                    Int4Packing.unpack n (ReadOnlySpan(Array.zeroCreate<byte> n)) |> quiet
            "NotANonNegativeNumber",
            fun _ n -> PowerOfTwo.decompose ExponentRounding.Upward (List.item (n % 3) [ -1.0; nan; infinity ]) |> quiet
            "RequantizationNotConsistent", fun _ n -> Requantization.ofParts (1.5 * float (n + 1)) (n + 1) 0 |> quiet
            "ReluOn32Bits", (fun case _ -> case |> onReference Precision.SimaInt32 |> relu |> planned)
            "ReluNotRunnable", (fun case _ -> case |> onReference Precision.SimaInt8 |> relu |> planned)
        ]

namespace QuantFunctional.Proofs

open System
open QuantFunctional
open QuantFunctional.FSharp

/// What a layer is planned for: a path with one of its targets and precisions.
[<NoComparison>]
type Target =
    {
        Path: ActivationPath
        Profile: BackendProfile
        Precision: Precision
    }

/// Seeded layers as networks have them, of 64 to 2,304 inputs for each output.
[<RequireQualifiedAccess>]
module Layers =

    let private target path profile precision : Target =
        {
            Path = path
            Profile = profile
            Precision = precision
        }

    /// The targets of a path; layers take them in turn.
    let targets (path: ActivationPath) : Target array =
        let all = BackendProfile.precisions

        [|
            for profile in BackendProfile.named do
                if profile.Paths.Contains path then
                    for precision in all do
                        if profile.Precisions.Contains precision then
                            target path profile precision
        |]

    // the sum of 4 uniform numbers, near enough to a normal one, and without the platform's libm
    let private bell (random: Random) =
        random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble() - 2.0

    let private lengths = [| 64; 72; 96; 128; 144; 256; 288; 576; 1152; 2304 |]

    let private need (source: Result<'T, Refusal>) : 'T =
        match source with
        | Ok value -> value
        | Error refusal -> invalidOp refusal.Message

    /// The range of the real sums over random inputs, as a calibration would see it.
    let private observed
        (random: Random)
        (step: float)
        (zeroPoint: int)
        (scalar: Interval)
        (weights: float32 array array)
        bias
        =
        let mutable low, high = 0.0, 0.0

        for _ in 1..64 do
            let inputs =
                Array.init weights[0].Length (fun _ ->
                    step * float (random.NextInt64(scalar.Low, scalar.High + 1L) - int64 zeroPoint))

            weights
            |> Array.iteri (fun channel values ->
                let sum =
                    Array.fold2
                        (fun sum w a -> sum + float (w: float32) * a)
                        (float (Array.get bias channel: float32))
                        values
                        inputs

                low <- min low sum
                high <- max high sum)

        low, high

    /// One layer in four has weights and inputs of one sign, as after a ReLU, no bias, and the whole range that its sums reach:
    /// there the output's zero point is its lowest value, and the accumulator's two ends mean none and all of the range.
    let private isOneSided (random: Random) (target: Target) =
        target.Path <> ActivationPath.Int16 && random.Next 4 = 0

    /// A layer of a seed, with the request to plan it.
    let make (target: Target) (seed: int) : PlanRequest * Layer =
        let random = Random seed
        let channels = 4
        let length = lengths[random.Next lengths.Length]

        let scalar =
            if target.Path = ActivationPath.Int8 then
                ScalarType.Int8
            else
                ScalarType.Int16

        let whole = Encoding.wholeRange scalar |> need

        let step =
            Math.ScaleB(1.0 + random.NextDouble(), (if scalar = ScalarType.Int8 then -7 else -15))

        let oneSided = isOneSided random target

        let zeroPoint =
            if oneSided then
                int whole.Low
            elif target.Path = ActivationPath.Int16 || random.Next 3 = 0 then
                0
            else
                int (random.NextInt64(whole.Low / 2L, whole.High / 2L))

        let weights =
            Array.init channels (fun _ ->
                let size, lean =
                    Math.ScaleB(1.0 + random.NextDouble(), -random.Next 4 - 3), random.NextDouble() - 0.5

                let weight () =
                    if oneSided then
                        0.5 + random.NextDouble()
                    else
                        bell random + 0.25 * lean

                Array.init length (fun _ -> float32 (size * weight ())))

        let width = step * float (whole.High - whole.Low)

        let bias =
            Array.init channels (fun _ ->
                if oneSided then
                    0.0f
                else
                    float32 (width * bell random / 4.0))

        let low, high =
            if oneSided then
                0.0, width * (weights |> Seq.map (Seq.sumBy float) |> Seq.max)
            else
                observed random step zeroPoint whole weights bias

        let view =
            WeightView.create WeightLayout.OI 1 [ channels; length ] (ReadOnlyMemory(Array.concat weights))
            |> need

        let input = Encoding.ofStep step zeroPoint scalar |> need
        let distribution = ObservedDistribution.ofRange low high |> need

        let request =
            {
                Profile = target.Profile
                Precision = PrecisionRequest.Exactly target.Precision
                PerChannel = random.Next 2 = 0
                Asymmetric = oneSided || random.Next 2 = 0
                BiasCorrection = BiasCorrection.Off
                WeightRounding = WeightRounding.Nearest
            }

        let layer =
            Layer.create view (Geometry.plain 0) (ReadOnlyMemory bias) input distribution Activation.Linear
            |> need

        request, layer

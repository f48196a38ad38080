namespace QuantFunctional.Testing

open System
open System.Globalization
open QuantFunctional
open QuantFunctional.FSharp

/// A layer and the request to plan it, in plain values, so that it prints exactly and shrinks.
[<StructuredFormatDisplay("{Text}"); NoComparison>]
type LayerCase =
    {
        Request: PlanRequest
        Relu: bool
        /// One array of the same length for each output channel.
        Weights: float32 array array
        /// One for each output channel, or none.
        Bias: float32 array
        InputStep: float
        InputZeroPoint: int
        Low: float
        High: float
    }

    /// The precision that planning begins with.
    member c.Precision =
        c.Request.Precision.First

    /// The case as F# source, digits and all.
    member c.Text =
        let number (x: float) =
            x.ToString("R", CultureInfo.InvariantCulture)

        let list (values: float32 array) =
            let text (x: float32) =
                x.ToString("R", CultureInfo.InvariantCulture) + "f"

            "[|" + String.Join("; ", Array.map text values) + "|]"

        let weights = String.Join("; ", Array.map list c.Weights)
        let request = c.Request

        $"{request.Profile.Name} {request.Precision} perChannel={request.PerChannel} asymmetric={request.Asymmetric} "
        + $"relu={c.Relu} step={number c.InputStep} zeroPoint={c.InputZeroPoint} "
        + $"range={number c.Low}..{number c.High} bias={list c.Bias} weights=[|{weights}|]"

    override c.ToString() = c.Text

[<RequireQualifiedAccess>]
module LayerCase =

    let private need (source: Result<'T, Refusal>) =
        match source with
        | Ok value -> value
        | Error refusal -> invalidOp refusal.Message

    let layer (case: LayerCase) : Layer =
        let shape = [ case.Weights.Length; case.Weights[0].Length ]
        let data = ReadOnlyMemory(Array.concat case.Weights)

        Layer.create
            (WeightView.create WeightLayout.OI 1 shape data |> need)
            (Geometry.plain 0)
            (ReadOnlyMemory case.Bias)
            (Encoding.ofStep case.InputStep case.InputZeroPoint ScalarType.Int8 |> need)
            (ObservedDistribution.ofRange case.Low case.High |> need)
            (if case.Relu then Activation.Relu else Activation.Linear)
        |> need

    let plan (case: LayerCase) : Result<QuantizedLayer, Refused> = Pipeline.plan case.Request (layer case)

    /// The values that the real sums can take with inputs of the whole input type.
    let reach (step: float) (zeroPoint: int) (weights: float32 array array) (bias: float32 array) : float * float =
        let lowest, highest =
            float (-128 - zeroPoint) * step, float (127 - zeroPoint) * step

        let ends =
            weights
            |> Array.mapi (fun channel values ->
                let start = if bias.Length = 0 then 0.0 else float bias[channel]

                let sum pick =
                    Array.sumBy (fun w -> pick (float w * lowest) (float w * highest)) values

                start + sum min, start + sum max)

        Array.min (Array.map fst ends), Array.max (Array.map snd ends)

    /// Smaller cases of the same kind, the largest steps first.
    let shrink (case: LayerCase) : LayerCase seq =
        let channels, length = case.Weights.Length, case.Weights[0].Length

        let keep (chosen: int array) =
            { case with
                Weights = Array.map (Array.get case.Weights) chosen
                Bias =
                    if case.Bias.Length = 0 then
                        [||]
                    else
                        Array.map (Array.get case.Bias) chosen
            }

        let powerOfTwo x =
            if x = 0.0 then
                0.0
            else
                Math.CopySign(Math.ScaleB(1.0, Math.ILogB x), x)

        let bare =
            [
                { case with Bias = [||] }
                { case with InputZeroPoint = 0 }
                { case with
                    InputStep = powerOfTwo case.InputStep
                }
                { case with Low = min 0.0 case.High }
                { case with
                    Low = powerOfTwo case.Low
                    High = powerOfTwo case.High
                }
                { case with
                    Weights = Array.map (Array.map (float >> powerOfTwo >> float32)) case.Weights
                }
                { case with Relu = false }
            ]

        seq {
            if channels > 1 then
                yield keep [| 0 .. channels / 2 - 1 |]
                yield keep [| channels / 2 .. channels - 1 |]

                for left in 0 .. channels - 1 do
                    yield keep (Array.filter ((<>) left) [| 0 .. channels - 1 |])

            if length > 1 then
                yield
                    { case with
                        Weights = Array.map (Array.take (length / 2)) case.Weights
                    }

                yield
                    { case with
                        Weights = Array.map (Array.skip (length / 2)) case.Weights
                    }

            yield! bare |> Seq.filter (fun smaller -> smaller.Low <= smaller.High && smaller <> case)
        }

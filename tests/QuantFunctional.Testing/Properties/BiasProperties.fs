namespace QuantFunctional.Testing

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Biases and zero points.
[<RequireQualifiedAccess>]
module internal BiasProperties =

    /// An accepted bias is within half a step of the real one.
    let accepted (case: LayerCase) =
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let q, plan = planned.Integers, planned.Plan

            [ 0 .. case.Channels - 1 ]
            |> List.map (fun channel ->
                let zeros = Array.create case.Length q.Input.ZeroPoint
                let zeroValue = snd (Tiny.products q channel zeros)

                let correction =
                    if q.OutputOffset = 0 then
                        Exact.ofInt q.Output.ZeroPoint * Exact.pow2 q.Shift[channel]
                    else
                        Exact.ofInt 0

                let scale =
                    if plan.IsDead channel then
                        Exact.ofFloat plan.Output.Scale
                    else
                        Exact.ofFloat plan.Input.Scale
                        * Exact.ofFloat plan.WeightScale[channel]
                        * Exact.pow2 -plan.IntrinsicShift[channel]

                let held = Exact.ofBig (bigint q.Bias[channel] + zeroValue) - correction
                let wanted = Exact.ofFloat planned.RealBias[channel] * scale

                (abs (wanted - held) <= Exact.pow2 -1 + abs wanted * Exact.pow2 -52)
                |> Prop.label $"channel {channel}: {planned.RealBias[channel]:R} is held as {q.Bias[channel]}")
            |> List.reduce (.&.)
            |> Prop.classify (case.Bias.Length > 0) "biased"
            |> Prop.classify (case.Correction <> Correction.Off) "corrected"

    /// Zeros in and no bias give the zero point exactly.
    let zeros (case: LayerCase) =
        let bare =
            { case with
                Bias = [||]
                Correction = Correction.Off
            }

        match LayerCase.plan bare with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let q = planned.Integers
            let zeros = Array.create case.Length q.Input.ZeroPoint

            [ 0 .. case.Channels - 1 ]
            |> List.map (fun channel ->
                let found = Tiny.output q channel zeros

                (found = bigint q.Output.ZeroPoint)
                |> Prop.label $"channel {channel}: {found}, not {q.Output.ZeroPoint}")
            |> List.reduce (.&.)
            |> Prop.classify (q.OutputOffset = 0 && q.Output.ZeroPoint <> 0) "zero point in the bias"
            |> Prop.collect q.Path.Name

    /// One sample of as many spatial positions as the kernel has, so that a plain geometry gives one output per channel.
    let input (q: IntegerLayer) (value: int -> int) : IntegerTensor =
        let channels = q.Shape.Inputs * q.Shape.Groups
        let sizes = [ 1; channels; yield! q.Shape.KernelSizes ]

        {
            Sizes = ImmutableArray.CreateRange sizes
            Values = ImmutableArray.CreateRange(Seq.init (channels * q.Shape.Positions) value)
        }

    /// Zero points in, everywhere and beyond the border, give the zero point; the seed chooses the geometry.
    let zerosBeyondBorder (case: LayerCase) (seed: int) =
        let plain =
            { case with
                Bias = [||]
                Correction = Correction.Off
            }

        match LayerCase.plan plain with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let q = planned.Integers
            let axes = q.Shape.KernelSizes.Length
            let random = Random seed

            let some lowest =
                ImmutableArray.CreateRange(Seq.init axes (fun _ -> random.Next(lowest, 4)))

            let padded =
                { q with
                    Geometry =
                        {
                            Strides = some 1
                            Pads = (some 0).AddRange(some 0)
                            Dilations = some 1
                            IsTransposed = axes > 0 && random.Next 2 = 0
                        }
                }

            let zeros = input q (fun _ -> q.Input.ZeroPoint)

            let zeroPoint =
                Math.Clamp(int64 q.Output.ZeroPoint, q.OutputRange.Low, q.OutputRange.High)

            match Executor.run padded zeros with
            | Error fault -> false |> Prop.label fault.Message
            | Ok run ->
                run.Output.Values
                |> Seq.forall (fun value -> int64 value = zeroPoint)
                |> Prop.classify (not run.Output.Values.IsEmpty) "outputs"

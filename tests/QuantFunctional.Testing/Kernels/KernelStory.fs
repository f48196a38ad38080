namespace QuantFunctional.Testing

open System
open QuantFunctional
open QuantFunctional.FSharp

/// Tells a difference between a kernel and the executor in numbers that can be followed by hand.
[<RequireQualifiedAccess>]
module internal KernelStory =

    let private dims (sizes: int seq) = String.Join("x", sizes)

    /// The first of many numbers.
    let private some (values: 'T seq) =
        let shown = Seq.truncate 24 values |> Seq.map string |> Seq.toList
        let rest = Seq.length values - shown.Length

        String.Join(" ", shown) + (if rest > 0 then $" and {rest} more" else "")

    let private plural (count: int) (noun: string) =
        if count = 1 then $"1 {noun}" else $"{count} {noun}s"

    /// Where Za is taken off, and how the profile rounds.
    let private arithmetic (layer: IntegerLayer) =
        let rounding =
            match layer.Rounding with
            | RequantizationRounding.OnceTiesUp -> "one rounding of the exact product, ties up"
            | RequantizationRounding.TwiceGemmlowp ->
                "gemmlowp's two roundings: a doubling high multiply, then a shift with ties away from zero"
            | RequantizationRounding.OnceTiesUpReduced16 -> "the multiplier reduced to 16 bits, one rounding, ties up"
            | RequantizationRounding.SingleTiesToEven -> "a product in float32, ties to even"

        let input =
            if layer.Profile.InputZeroPointInBias layer.Path then
                "off in the bias"
            else
                "off each input"

        $"the profile takes the input's zero point {input} and requantizes by {rounding}"

    let private factor (layer: IntegerLayer) (channel: int) =
        Math.ScaleB(float layer.Multiplier[channel], -layer.Shift[channel])

    let private number = RealText.ofDouble

    let private ofChannel (layer: IntegerLayer) (channel: int) =
        let intrinsic =
            if layer.Path = ActivationPath.Int15 then
                $", intrinsic shift {layer.IntrinsicShift[channel]}"
            else
                ""

        $"  channel {channel}: weights {some (Tiny.weights layer channel)}; bias {layer.Bias[channel]}; "
        + $"multiplier {layer.Multiplier[channel]}, shift {layer.Shift[channel]} (times "
        + $"{number (factor layer channel)}){intrinsic}"

    let private geometry (layer: IntegerLayer) =
        let g = layer.Geometry

        if g.Strides.IsEmpty then
            ""
        else
            let direction = if g.IsTransposed then ", transposed" else ""
            let list (values: int seq) = String.Join(",", values)
            $", strides {list g.Strides}, pads {list g.Pads}, dilations {list g.Dilations}{direction}"

    /// The layer and its input.
    let ofCase (case: KernelCase) : string list =
        let layer = case.Layer

        let groups =
            if layer.Shape.Groups > 1 then
                $", {layer.Shape.Groups} groups"
            else
                ""

        [
            $"  {layer.Profile.Name}, {layer.Path.Name} path, weights {layer.Shape.Layout} {dims layer.Shape.Sizes}{groups}"
            + geometry layer
            $"  input {dims case.Input.Sizes} of {layer.Input.Type.Name}, zero point {layer.Input.ZeroPoint}: "
            + some case.Input.Values
            for channel in 0 .. min 4 layer.Shape.Channels - 1 do
                ofChannel layer channel
            if layer.Shape.Channels > 4 then
                $"  and {layer.Shape.Channels - 4} more channels"
            $"  output {layer.Output.Type.Name}: {layer.OutputOffset} is added, then clamped to "
            + $"{layer.OutputRange.Low} .. {layer.OutputRange.High}"
        ]

    let private place (run: Execution) (index: int) =
        let sizes = run.Output.Sizes
        let places = Seq.fold (*) 1 (Seq.skip 2 sizes)

        let rec coordinates position axes =
            match axes with
            | [] -> []
            | _ :: rest ->
                let inner = List.fold (*) 1 rest
                position / inner :: coordinates (position % inner) rest

        let at =
            coordinates (index % places) (List.ofSeq (Seq.skip 2 sizes)) |> List.map string |> String.concat ","

        let position = if at = "" then "" else $", position {at}"
        $"sample {index / places / sizes[1]}, channel {index / places % sizes[1]}{position}"

    /// What went wrong, with the numbers on the way to it.
    let ofFault (case: KernelCase) (run: Execution) (fault: KernelFault) : string list =
        match fault with
        | KernelFault.Threw(name, text) -> [ $"  the kernel threw {name}: {text}" ]
        | KernelFault.WrongShape(found, expected) -> [ $"  the kernel returned {found}, expected {expected}" ]
        | KernelFault.WrongOutput(index, channel, found, expected) ->
            let sum = run.Accumulators[index]

            let whole = number (float sum * factor case.Layer channel)

            [
                $"  output {index} ({place run index}): P = {run.Products[index]}, P + bias = {sum}, "
                + $"times multiplier and shift = {whole}"
                $"  expected {expected}, got {found}"
                $"  {arithmetic case.Layer}"
            ]

    /// How large the layer is, in a word.
    let size (layer: IntegerLayer) : string =
        let channels = plural layer.Shape.Channels "output channel"
        let weights = plural layer.Shape.Count "weight"
        $"{channels} and {weights}"

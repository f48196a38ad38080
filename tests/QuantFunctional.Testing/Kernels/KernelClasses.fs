namespace QuantFunctional.Testing

open System
open QuantFunctional
open QuantFunctional.FSharp

/// The kinds of layers and outputs that a kernel is tried on, as a report counts them.
[<RequireQualifiedAccess>]
module internal KernelClasses =

    /// True where the factor takes an accumulator to the middle between two outputs.
    let private isTie (layer: IntegerLayer) (channel: int) (accumulator: int64) =
        let shift = layer.Shift[channel]
        let product = bigint accumulator * bigint layer.Multiplier[channel]

        shift > 0 && (product &&& ((1I <<< shift) - 1I)) = (1I <<< (shift - 1))

    let private isEnd (layer: IntegerLayer) (output: int) =
        int64 output = layer.OutputRange.Low || int64 output = layer.OutputRange.High

    let private named (feature: KernelFeatures) =
        match feature with
        | KernelFeatures.PerChannel -> "per channel"
        | KernelFeatures.Groups -> "grouped"
        | KernelFeatures.Strides -> "with strides"
        | KernelFeatures.Pads -> "padded"
        | KernelFeatures.Dilations -> "dilated"
        | KernelFeatures.Transposed -> "transposed"
        | KernelFeatures.InputZeroPoint -> "with an input zero point"
        | KernelFeatures.OutputZeroPoint -> "with an output zero point"
        | KernelFeatures.Relu -> "with a clamp at the zero point"
        | _ -> "of several samples"

    /// The kinds that a case is of.
    let ofRun (case: KernelCase) (run: Execution) : string list =
        let layer = case.Layer
        let axes = layer.Shape.KernelSizes.Length
        let places = Seq.fold (*) 1 (Seq.skip 2 run.Output.Sizes)
        let indices = seq { 0 .. run.Accumulators.Length - 1 }
        let channelOf index = index / places % layer.Shape.Channels

        [
            $"on the {layer.Path.Name} path"
            if axes = 0 then
                "matrix products"
            else
                $"{axes}-D convolutions"
            yield! KernelRules.features case |> List.map named
            if indices |> Seq.exists (fun i -> isTie layer (channelOf i) run.Accumulators[i]) then
                "with a tie to round"
            if Seq.exists (isEnd layer) run.Output.Values then
                "with an output at an end of its range"
        ]

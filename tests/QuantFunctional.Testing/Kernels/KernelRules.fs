namespace QuantFunctional.Testing

open QuantFunctional
open QuantFunctional.FSharp

/// What a case must be for a kernel to be tried on it.
[<RequireQualifiedAccess>]
module internal KernelRules =

    /// True where no input at all overflows, and every shift is one that planning allows: a kernel may rely on both.
    let isSound (layer: IntegerLayer) : bool =
        let unclaimed = Channelwise.replicate layer.Multiplier 0.0
        let accumulator = layer.Accumulator

        let isPlanned channel =
            let range =
                if layer.Multiplier[channel] = 1 then
                    accumulator.UnitShift
                else
                    accumulator.MultiplierShift

            layer.Shift[channel] >= range.Lowest && layer.Shift[channel] <= range.Highest

        Seq.forall isPlanned (seq { 0 .. layer.Shape.Channels - 1 })
        && (Certificate.ofLayer unclaimed layer).Passed

    /// What a kernel must be able to run for a case.
    let features (case: KernelCase) : KernelFeatures list =
        let layer = case.Layer
        let geometry = layer.Geometry
        let lowest = Encoding.wholeRange layer.Output.Type |> LayerCase.need |> _.Low

        [
            if layer.Multiplier.IsPerChannel && layer.Shape.Channels > 1 then
                KernelFeatures.PerChannel
            if layer.Shape.Groups > 1 then
                KernelFeatures.Groups
            if geometry.Strides |> Seq.exists (fun stride -> stride > 1) then
                KernelFeatures.Strides
            if geometry.Pads |> Seq.exists (fun pad -> pad > 0) then
                KernelFeatures.Pads
            if geometry.Dilations |> Seq.exists (fun dilation -> dilation > 1) then
                KernelFeatures.Dilations
            if geometry.IsTransposed then
                KernelFeatures.Transposed
            if layer.Input.ZeroPoint <> 0 then
                KernelFeatures.InputZeroPoint
            if layer.Output.ZeroPoint <> 0 then
                KernelFeatures.OutputZeroPoint
            if layer.OutputRange.Low > lowest then
                KernelFeatures.Relu
            if case.Input.Sizes[0] > 1 then
                KernelFeatures.Samples
        ]

    /// True where a case is of the kind that the options ask for.
    let isAskedFor (options: KernelOptions) (case: KernelCase) : bool =
        let axes = case.Layer.Shape.KernelSizes.Length

        Seq.contains case.Layer.Shape.Layout options.Layouts
        && (axes = 0 || Seq.contains axes options.KernelAxes)
        && features case |> List.forall (fun feature -> options.Features.HasFlag feature)
        && options.Accepts.Invoke case.Layer

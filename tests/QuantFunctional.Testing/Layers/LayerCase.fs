namespace QuantFunctional.Testing

open System
open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.FSharp

/// Where a case's bias correction takes its means from.
[<RequireQualifiedAccess; NoComparison>]
type Correction =
    | Off
    /// The mean of each input channel, those of all groups.
    | MeanInput of float array
    /// The mean of each output channel, of the quantized layer and of the float layer.
    | MeanOutput of quantized: float array * real: float array

/// A layer and the request to plan it, in plain values, so that it prints exactly and shrinks.
[<StructuredFormatDisplay("{Text}"); NoComparison>]
type LayerCase =
    {
        /// Without its bias correction, which stands below.
        Request: PlanRequest
        Relu: bool
        /// One array of the same length for each output channel, by input channel, then kernel position.
        Weights: float32 array array
        /// How many kernel positions there are; they divide a channel's weights.
        Positions: int
        /// How many groups there are; they divide the channels.
        Groups: int
        /// One for each output channel, or none.
        Bias: float32 array
        InputType: ScalarType
        InputStep: float
        InputZeroPoint: int
        Low: float
        High: float
        Correction: Correction
    }

    /// The precision that planning begins with.
    member c.Precision = c.Request.Precision.First

    /// How many output channels there are.
    member c.Channels = c.Weights.Length

    /// How many weights each of them has.
    member c.Length = c.Weights[0].Length

    /// How many input channels there are, those of all groups.
    member c.InputChannels = c.Length / c.Positions * c.Groups

    /// The case as F# source, digits and all.
    member c.Text =
        let number = RealText.ofDouble

        let list (values: float32 array) =
            let text (x: float32) = RealText.ofSingle x + "f"

            "[|" + String.Join("; ", Array.map text values) + "|]"

        let means (values: float array) =
            "[|" + String.Join("; ", Array.map number values) + "|]"

        let correction =
            match c.Correction with
            | Correction.Off -> "off"
            | Correction.MeanInput inputs -> $"mean input {means inputs}"
            | Correction.MeanOutput(quantized, real) -> $"mean output {means quantized} for {means real}"

        let weights = String.Join("; ", Array.map list c.Weights)
        let request = c.Request

        $"{request.Profile.Name} {request.Precision} perChannel={request.PerChannel} asymmetric={request.Asymmetric} "
        + $"relu={c.Relu} input={c.InputType.Name} step={number c.InputStep} zeroPoint={c.InputZeroPoint} "
        + $"positions={c.Positions} groups={c.Groups} range={number c.Low}..{number c.High} "
        + $"correction={correction} bias={list c.Bias} weights=[|{weights}|]"

    override c.ToString() = c.Text

[<RequireQualifiedAccess>]
module LayerCase =

    /// The value, which a test knows to be there.
    let need (source: Result<'T, Refusal>) : 'T =
        match source with
        | Ok value -> value
        | Error refusal -> invalidOp refusal.Message

    /// The request with its bias correction.
    let request (case: LayerCase) : PlanRequest =
        { case.Request with
            BiasCorrection =
                match case.Correction with
                | Correction.Off -> BiasCorrection.Off
                | Correction.MeanInput means -> BiasCorrection.FromMeanInput(ImmutableArray.Create<float> means)
                | Correction.MeanOutput(quantized, _) ->
                    BiasCorrection.FromMeanOutput(ImmutableArray.Create<float> quantized)
        }

    /// The layer of a case, whose weights are seen by another view.
    let layerOf (view: WeightView) (geometry: Geometry) (case: LayerCase) : Layer =
        let observed = ObservedDistribution.ofRange case.Low case.High |> need

        let observed =
            match case.Correction with
            | Correction.MeanOutput(_, real) -> ObservedDistribution.withMeans real observed |> need
            | _ -> observed

        Layer.create
            view
            geometry
            (ReadOnlyMemory case.Bias)
            (Encoding.ofStep case.InputStep case.InputZeroPoint case.InputType |> need)
            observed
            (if case.Relu then Activation.Relu else Activation.Linear)
        |> need

    let layer (case: LayerCase) : Layer =
        let data = ReadOnlyMemory(Array.concat case.Weights)

        if case.Groups = 1 && case.Positions = 1 then
            let view =
                WeightView.create WeightLayout.OI 1 [ case.Channels; case.Length ] data |> need

            layerOf view (Geometry.plain 0) case
        else
            let sizes = [ case.Channels; case.Length / case.Positions; case.Positions ]
            let view = WeightView.create WeightLayout.OIHW case.Groups sizes data |> need
            layerOf view (Geometry.plain 1) case

    let plan (case: LayerCase) : Result<QuantizedLayer, Refused> =
        Pipeline.plan (request case) (layer case)

    /// The attempts of a case, whether there is a plan or not.
    let trace (case: LayerCase) : Trace =
        match plan case with
        | Ok planned -> planned.Trace
        | Error refused -> refused.Trace

    /// The lowest and the highest value of the input's type.
    let inputRange (scalar: ScalarType) : struct (int * int) =
        match scalar with
        | ScalarType.Int16 -> struct (-32768, 32767)
        | _ -> struct (-128, 127)

    let private resized (count: int) (values: 'T array) =
        if values.Length = 0 then
            values
        else
            Array.init count (fun i -> values[i % values.Length])

    /// Another shape: what there is one of for each channel is repeated or left out, as many as are asked for.
    let reshape (channels: int) (length: int) (positions: int) (groups: int) (case: LayerCase) : LayerCase =
        let inputs = length / positions * groups

        { case with
            Weights = case.Weights |> Array.map (resized length) |> resized channels
            Positions = positions
            Groups = groups
            Bias = resized channels case.Bias
            Correction =
                match case.Correction with
                | Correction.Off -> Correction.Off
                | Correction.MeanInput means -> Correction.MeanInput(resized inputs means)
                | Correction.MeanOutput(quantized, real) ->
                    Correction.MeanOutput(resized channels quantized, resized channels real)
        }

    /// The same layer without groups and kernel: each channel reads inputs of its own.
    let flat (case: LayerCase) : LayerCase =
        reshape case.Channels case.Length 1 1 case

    /// Some of the channels, in the order given.
    let keep (chosen: int array) (case: LayerCase) : LayerCase =
        let pick (values: 'T array) =
            if values.Length = 0 then
                [||]
            else
                Array.map (Array.get values) chosen

        { case with
            Weights = pick case.Weights
            Bias = pick case.Bias
            Correction =
                match case.Correction with
                | Correction.MeanOutput(quantized, real) -> Correction.MeanOutput(pick quantized, pick real)
                | other -> other
        }

    /// The values that the real sums can take with inputs of the whole input type.
    let reach (case: LayerCase) : float * float =
        let struct (low, high) = inputRange case.InputType

        let lowest, highest =
            float (low - case.InputZeroPoint) * case.InputStep, float (high - case.InputZeroPoint) * case.InputStep

        let ends =
            case.Weights
            |> Array.mapi (fun channel values ->
                let start =
                    if case.Bias.Length = 0 then
                        0.0
                    else
                        float case.Bias[channel]

                let sum pick =
                    Array.sumBy (fun w -> pick (float w * lowest) (float w * highest)) values

                start + sum min, start + sum max)

        Array.min (Array.map fst ends), Array.max (Array.map snd ends)

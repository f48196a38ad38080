namespace QuantFunctional

open System
open System.Collections.Immutable

[<NoComparison>]
type Histogram =
    {
        low: float
        high: float
        counts: ImmutableArray<int64>
    }

    member h.Low = h.low
    member h.High = h.high
    member h.Counts = h.counts

    override h.ToString() =
        $"{h.counts.Length} intervals from {FSharp.RealText.ofDouble h.low} to {FSharp.RealText.ofDouble h.high}"

[<NoComparison>]
type ObservedDistribution =
    {
        low: float
        high: float
        means: ImmutableArray<float>
        histogram: Histogram | null
        stepRaise: int
    }

    member d.Low = d.low
    member d.High = d.high
    member d.Means = d.means
    member d.Histogram = d.histogram
    member d.StepRaise = d.stepRaise

    override d.ToString() =
        $"from {FSharp.RealText.ofDouble d.low} to {FSharp.RealText.ofDouble d.high}"

[<RequireQualifiedAccess; NoComparison>]
type Activation =
    | Linear
    | Relu

[<NoComparison; NoEquality>]
type Layer =
    {
        weights: WeightView
        geometry: Geometry
        bias: ReadOnlyMemory<float32>
        input: Encoding
        output: ObservedDistribution
        activation: Activation
    }

    member l.Weights = l.weights
    member l.Geometry = l.geometry
    member l.Bias = l.bias
    member l.Input = l.input
    member l.Output = l.output
    member l.Activation = l.activation

    member private l.Activated(value: float) =
        match l.activation with
        | Activation.Linear -> value
        | Activation.Relu -> max value 0.0

    member l.OutputLow = l.Activated l.output.low
    member l.OutputHigh = l.Activated l.output.high

    override l.ToString() =
        $"{l.weights}, input {l.input}, output {l.output}, {l.activation}"

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

[<RequireQualifiedAccess>]
module ObservedDistribution =
    let ofRange (low: float) (high: float) : Result<ObservedDistribution, Refusal> =
        if Double.IsFinite low && Double.IsFinite high && low <= high then
            Ok
                {
                    low = low
                    high = high
                    means = ImmutableArray.Empty
                    histogram = null
                    stepRaise = 0
                }
        else
            Error(Refusal.RangeNotOrdered(RealText.ofDouble low, RealText.ofDouble high))

    let ofObservation (low: float) (high: float) : Result<ObservedDistribution, Refusal> =
        ofRange low high
        |> Result.map (fun seen ->
            { seen with
                low = Numbers.roundOutward seen.low
                high = Numbers.roundOutward seen.high
            })

    let withMeans (means: float seq) (distribution: ObservedDistribution) : Result<ObservedDistribution, Refusal> =
        let means = ImmutableArray.CreateRange means

        match means |> Seq.tryFindIndex (Double.IsFinite >> not) with
        | Some channel -> Error(Refusal.DistributionNotFit $"the mean of channel {channel} is not finite")
        | None -> Ok { distribution with means = means }

    let withHistogram (counts: int64 seq) (distribution: ObservedDistribution) : Result<ObservedDistribution, Refusal> =
        let counts = ImmutableArray.CreateRange counts

        if counts.IsEmpty || counts |> Seq.exists (fun count -> count < 0L) then
            Error(Refusal.DistributionNotFit "a histogram has at least one interval, and no count below 0")
        else
            let histogram =
                {
                    low = distribution.low
                    high = distribution.high
                    counts = counts
                }

            Ok
                { distribution with
                    histogram = histogram
                }

    let withStepRaise (raise: int) (distribution: ObservedDistribution) : Result<ObservedDistribution, Refusal> =
        if raise < 0 || raise > 32768 then
            Error(Refusal.DistributionNotFit $"a step that is raised by {raise}/32768 of itself")
        else
            Ok { distribution with stepRaise = raise }

[<RequireQualifiedAccess>]
module Layer =
    let create
        (weights: WeightView)
        (geometry: Geometry)
        (bias: ReadOnlyMemory<float32>)
        (input: Encoding)
        (output: ObservedDistribution)
        (activation: Activation)
        : Result<Layer, Refusal> =
        let means = output.means.Length

        if bias.Length <> 0 && bias.Length <> weights.Channels then
            Error(Refusal.BiasLength(bias.Length, weights.Channels))
        elif means <> 0 && means <> weights.Channels then
            Error(Refusal.DistributionNotFit $"it has {means} means for {weights.Channels} output channels")
        else
            Geometry.fit weights.Shape.KernelSizes.Length geometry
            |> Result.map (fun geometry ->
                {
                    weights = weights
                    geometry = geometry
                    bias = bias
                    input = input
                    output = output
                    activation = activation
                })

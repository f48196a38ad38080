namespace QuantFunctional

open System

[<NoComparison>]
type ObservedDistribution =
    {
        low: float
        high: float
    }

    member d.Low = d.low
    member d.High = d.high

[<RequireQualifiedAccess; NoComparison>]
type Activation =
    | Linear
    | Relu

[<NoComparison; NoEquality>]
type Layer =
    {
        weights: WeightView
        bias: ReadOnlyMemory<float32>
        input: Encoding
        output: ObservedDistribution
        activation: Activation
    }

    member l.Weights = l.weights
    member l.Bias = l.bias
    member l.Input = l.input
    member l.Output = l.output
    member l.Activation = l.activation

namespace QuantFunctional.FSharp

open System
open System.Globalization
open QuantFunctional

[<RequireQualifiedAccess>]
module ObservedDistribution =
    let ofRange (low: float) (high: float) : Result<ObservedDistribution, Refusal> =
        if Double.IsFinite low && Double.IsFinite high && low <= high then
            Ok { low = low; high = high }
        else
            let text (x: float) =
                x.ToString("R", CultureInfo.InvariantCulture)

            Error(Refusal.RangeNotOrdered(text low, text high))

    let ofObservation (low: float) (high: float) : Result<ObservedDistribution, Refusal> =
        ofRange low high
        |> Result.map (fun seen ->
            {
                low = Numbers.roundOutward seen.low
                high = Numbers.roundOutward seen.high
            })

[<RequireQualifiedAccess>]
module Layer =
    let create
        (weights: WeightView)
        (bias: ReadOnlyMemory<float32>)
        (input: Encoding)
        (output: ObservedDistribution)
        (activation: Activation)
        : Result<Layer, Refusal> =
        if bias.Length <> 0 && bias.Length <> weights.Channels then
            Error(Refusal.BiasLength(bias.Length, weights.Channels))
        else
            Ok
                {
                    weights = weights
                    bias = bias
                    input = input
                    output = output
                    activation = activation
                }

namespace QuantFunctional

open System
open System.Collections.Immutable

/// How often a layer's output was seen in each of some intervals of equal width.
[<Sealed; NoComparison>]
type Histogram =
    /// The low end of the first interval.
    member Low: float

    /// The high end of the last interval.
    member High: float

    /// How often the output was seen in each interval.
    member Counts: ImmutableArray<int64>

/// The values that a layer's output was seen to take, or that its user states.
[<Sealed; NoComparison>]
type ObservedDistribution =
    /// The smallest value seen.
    member Low: float

    /// The largest value seen.
    member High: float

    /// The mean of each output channel, or empty where it was not observed.
    member Means: ImmutableArray<float>

    /// How the values are distributed; null where that was not observed.
    member Histogram: Histogram | null

    /// By how many 2^−15 of itself the output's StepSize is raised above what the range asks for; 0 unless joins need it.
    member StepRaise: int

/// What follows the layer's sum.
[<RequireQualifiedAccess; NoComparison>]
type Activation =
    /// Nothing: the output is the sum.
    | Linear
    /// Negative sums become 0.
    | Relu

/// The real layer c = Σ a·w + b that a plan is made for.
[<Sealed; NoComparison; NoEquality>]
type Layer =
    /// The weights by output channel.
    member Weights: WeightView

    /// Where the kernel goes.
    member Geometry: Geometry

    /// One bias for each output channel, or empty where there is none.
    member Bias: ReadOnlyMemory<float32>

    /// How the input is stored.
    member Input: Encoding

    /// The distribution of the output.
    member Output: ObservedDistribution

    /// The smallest output after the activation, of those seen.
    member OutputLow: float

    /// The largest output after the activation, of those seen.
    member OutputHigh: float

    /// What follows the sum.
    member Activation: Activation

namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// Makes observed distributions.
[<RequireQualifiedAccess>]
module ObservedDistribution =
    /// A range that a user states, taken as it is. Refused: NaN, infinity, a low end above the high end.
    val ofRange: low: float -> high: float -> Result<ObservedDistribution, Refusal>

    /// A range that an engine observed: rounded away from zero to 12 significant bits (docs/arithmetic.md).
    val ofObservation: low: float -> high: float -> Result<ObservedDistribution, Refusal>

    /// The distribution with the mean of each output channel. Refused: a mean that is not finite.
    val withMeans: means: float seq -> ObservedDistribution -> Result<ObservedDistribution, Refusal>

    /// The distribution with a histogram over its own range. Refused: no interval, a count below 0.
    val withHistogram: counts: int64 seq -> ObservedDistribution -> Result<ObservedDistribution, Refusal>

    /// The distribution of an output whose StepSize is raised by so many 2^−15 of itself. Refused: a raise below 0 or above
    /// 2^15.
    val withStepRaise: raise: int -> ObservedDistribution -> Result<ObservedDistribution, Refusal>

/// Makes layers.
[<RequireQualifiedAccess>]
module Layer =
    /// A layer. Refused: a number of biases or means that is neither 0 nor the number of output channels, a geometry that
    /// does not fit the kernel.
    /// Values that are not finite are refused where they are read, by their index.
    val create:
        weights: WeightView ->
        geometry: Geometry ->
        bias: ReadOnlyMemory<float32> ->
        input: Encoding ->
        output: ObservedDistribution ->
        activation: Activation ->
            Result<Layer, Refusal>

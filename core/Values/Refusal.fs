namespace QuantFunctional

open System.Collections.Immutable
open System.Globalization

/// Why a layer cannot be planned. Every case says where, what was found and what is allowed.
[<RequireQualifiedAccess; NoComparison>]
type Refusal =
    /// A number that must be finite and not negative is neither.
    | NotANonNegativeNumber of Found: string
    /// A type has no quantization range, because it is not a signed integer.
    | NotASignedInteger of Type: ScalarType
    /// An encoding's Scale must be a positive number whose StepSize is normal in float32.
    | ScaleOutOfRange of What: string * Found: string
    /// A zero point must lie in its type.
    | ZeroPointOutOfRange of Found: int * Type: ScalarType
    /// An observed range must be two finite numbers in order.
    | RangeNotOrdered of Low: string * High: string
    /// The weights' shape does not fit the layout, or the number of values.
    | WeightShape of Layout: string * Shape: ImmutableArray<int> * Values: int * Remedy: string
    /// There is one bias for each output channel, or none.
    | BiasLength of Found: int * Channels: int
    /// A weight is NaN or infinite.
    | WeightNotFinite of Index: int * Found: string
    /// A bias is NaN or infinite.
    | BiasNotFinite of Channel: int * Found: string
    /// The profile does not run this precision.
    | PrecisionNotRun of Profile: string * Precision: Precision
    /// The profile does not run this activation path.
    | PathNotRun of Profile: string * Path: ActivationPath
    /// The planner does not make this kind of plan.
    | NotPlanned of What: string
    /// No permitted loss of weight precision brings the shift into the target's range.
    | ShiftAboveRange of Channel: int * Shift: int * Highest: int
    /// No permitted loss of weight precision makes the product fit the accumulator.
    | ProductOverflow of Channel: int * Value: float * Limit: float
    /// No permitted loss of weight precision makes the bias fit the accumulator.
    | BiasOverflow of Channel: int * Value: float * Limit: float
    /// ReLU by saturation needs the lowest output value as zero point, and there is no fallback precision.
    | ReluNotRunnable of ZeroPoint: int * Lowest: int64
    /// The parameters that a plan is to be replayed from are not those of this layer.
    | ParametersOfAnotherLayer of What: string
    /// The loop reached its limit of attempts.
    | AttemptLimit of Limit: int * Message: string

    /// The refusal as a sentence: where, what was found, what is allowed, what to do.
    member r.Message =
        let number (x: float) =
            x.ToString("G6", CultureInfo.InvariantCulture)

        match r with
        | NotANonNegativeNumber found -> $"{found} is not a finite number of at least 0"
        | NotASignedInteger found ->
            $"{found.Name} has no quantization range: it must be a signed integer type (int4, int8, int16, int32)"
        | ScaleOutOfRange(what, found) ->
            $"the step size of {what} is {found}: it must be a positive number that float32 holds with full precision (2^-126 to 2^127)"
        | ZeroPointOutOfRange(found, scalar) -> $"the zero point {found} does not lie in {scalar.Name}"
        | RangeNotOrdered(low, high) ->
            $"the range {low} .. {high} is not two finite numbers of which the first is not the larger"
        | WeightShape(layout, shape, values, remedy) ->
            let dims = System.String.Join("x", shape)
            $"weights of the shape {dims} with {values} values do not fit the layout {layout}: {remedy}"
        | BiasLength(found, channels) ->
            $"the bias has {found} values for {channels} output channels: there must be one for each, or none"
        | WeightNotFinite(index, found) -> $"the weight at index {index} is {found}: weights must be finite"
        | BiasNotFinite(channel, found) -> $"the bias of channel {channel} is {found}: biases must be finite"
        | PrecisionNotRun(profile, precision) -> $"the profile {profile} does not run the precision {precision.Name}"
        | PathNotRun(profile, path) -> $"the profile {profile} does not run the {path} activation path"
        | NotPlanned what -> $"{what} is not planned by this version"
        | ShiftAboveRange(channel, shift, highest) ->
            $"channel {channel}: the shift {shift} is above the target's {highest}, and no permitted loss of weight precision "
            + "helps; the channel's weights are too small for the layer's output range"
        | ProductOverflow(channel, value, limit) ->
            $"channel {channel}: the product reaches {number value}, beyond the accumulator's {number limit}, and no permitted "
            + "loss of weight precision helps; the channel's weights or output range lie far outside the layer's"
        | BiasOverflow(channel, value, limit) ->
            $"channel {channel}: bias and product reach {number value}, beyond the accumulator's {number limit}, and no "
            + "permitted loss of weight precision helps; the bias lies far outside the observed output range"
        | ReluNotRunnable(zeroPoint, lowest) ->
            $"ReLU by saturation needs the zero point {lowest}, this output has {zeroPoint}: name a fallback precision"
        | ParametersOfAnotherLayer what ->
            $"the parameters to replay hold {what}: replay a plan with the layer and the request that it was made from"
        | AttemptLimit(limit, message) -> $"{message} (gave up after {limit} attempts)"

/// What a user should know about a plan that was made.
[<RequireQualifiedAccess; NoComparison>]
type Warning =
    /// Every integer weight of these channels (per tensor: of the layer) is 0: their output is a constant.
    | DeadChannels of Channels: ImmutableArray<int>
    /// All inputs together move the output of these channels by less than one step.
    | ConstantOutput of Channels: ImmutableArray<int>
    /// The output's Scale was divided by 2^Bits, because a shift was below what the target runs.
    | OutputScaleReduced of Bits: int

    /// The warning as a sentence.
    member w.Message =
        let list (channels: ImmutableArray<int>) =
            let shown = System.String.Join(", ", Seq.truncate 8 channels)
            let noun = if channels.Length = 1 then "channel" else "channels"

            let rest =
                if channels.Length > 8 then
                    $" and {channels.Length - 8} more"
                else
                    ""

            $"{noun} {shown}{rest}"

        match w with
        | DeadChannels channels -> $"{list channels}: every weight rounds to 0, so the output is the bias alone"
        | ConstantOutput channels -> $"{list channels}: no input moves the output by a whole step"
        | OutputScaleReduced bits -> $"the output gave up {bits} bits, because a shift was below the target's range"

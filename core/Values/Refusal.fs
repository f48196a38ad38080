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
    /// The factor S is not multiplier·2^−shift up to the rounding of the multiplier.
    | RequantizationNotConsistent of Scale: string * Multiplier: int * Shift: int
    /// The scales of an entry are not related as S = 2^h·Sc/(Sa·Sw).
    | ScalesNotRelated of Entry: int * Found: string * Expected: string
    /// A zero point must lie in its type.
    | ZeroPointOutOfRange of Found: int * Type: ScalarType
    /// An observed range must be two finite numbers in order.
    | RangeNotOrdered of Low: string * High: string
    /// The observed means or the histogram do not fit the range or the channels.
    | DistributionNotFit of What: string
    /// The weights' shape does not fit the layout or the groups.
    | WeightShape of Layout: string * Sizes: ImmutableArray<int> * Remedy: string
    /// The number of weights is not the product of the sizes.
    | WeightCount of Sizes: ImmutableArray<int> * Found: int
    /// Strides, pads, dilations or the direction do not fit the kernel.
    | GeometryNotFit of What: string * Found: ImmutableArray<int> * Remedy: string
    /// There is one bias for each output channel, or none.
    | BiasLength of Found: int * Channels: int
    /// A weight is NaN or infinite.
    | WeightNotFinite of Index: int * Found: string
    /// A bias is NaN or infinite.
    | BiasNotFinite of Channel: int * Found: string
    /// Weights that share a step come in groups of at least one.
    | GroupSizeBelowOne of Found: int
    /// The parts of a weight-only plan do not fit each other.
    | WeightOnlyNotFit of What: string
    /// Values or bytes that int4's packing does not hold.
    | PackingNotFit of What: string
    /// A mean that the bias correction needs is missing, or not finite, or one too many.
    | BiasCorrectionNotFit of What: string
    /// Differences from the nearest weights that are not those of the layer, or that the target does not hold.
    | WeightRoundingNotFit of What: string
    /// A profile that contradicts itself, or says what no target can do.
    | ProfileNotValid of Profile: string * Field: string * Remedy: string
    /// The profile does not run this precision.
    | PrecisionNotRun of Profile: string * Precision: Precision
    /// The profile does not run this activation path.
    | PathNotRun of Profile: string * Path: ActivationPath
    /// Activations are int8 or int16.
    | InputTypeNotRun of Type: ScalarType
    /// The int16 path multiplies activations whole, so their zero point must be 0.
    | InputZeroPointNotRun of ZeroPoint: int
    /// A 32-bit output cannot be clamped by saturation.
    | ReluOn32Bits
    /// No permitted loss of weight precision brings the shift into the target's range.
    | ShiftAboveRange of Channel: int * Shift: int * Highest: int
    /// No permitted loss of weight precision makes the product fit the accumulator.
    | ProductOverflow of Channel: int * Value: float * Limit: float
    /// No permitted loss of weight precision makes the bias fit the accumulator.
    | BiasOverflow of Channel: int * Value: float * Limit: float
    /// Neighbouring products leave 16 bits, and the shift is too low for a larger step of the weights.
    | PairOverflow of Channel: int * Value: float * Limit: float
    /// What a wide accumulator is requantized to must fit int32, and no loss of weight precision makes it smaller.
    | OutputOverflow of Channel: int * Value: float * Limit: float
    /// ReLU by saturation needs the lowest output value as zero point, and there is no fallback precision.
    | ReluNotRunnable of ZeroPoint: int * Lowest: int64
    /// The parameters that a plan is to be replayed from are not those of this layer.
    | ParametersOfAnotherLayer of What: string
    /// Arithmetics make different integers of a pair of stored inputs, whatever the output's step.
    | JoinDisagrees of Pair: string * Raises: int
    /// The loop reached its limit of attempts.
    | AttemptLimit of Limit: int * Message: string

    /// The code under which docs/diagnostics.md tells more of it; a new case gets a new number.
    member r.Code =
        match r with
        | NotANonNegativeNumber _ -> "QF0301"
        | NotASignedInteger _ -> "QF0302"
        | ScaleOutOfRange _ -> "QF0303"
        | RequantizationNotConsistent _ -> "QF0304"
        | ScalesNotRelated _ -> "QF0305"
        | ZeroPointOutOfRange _ -> "QF0306"
        | RangeNotOrdered _ -> "QF0307"
        | DistributionNotFit _ -> "QF0308"
        | WeightShape _ -> "QF0309"
        | WeightCount _ -> "QF0310"
        | GeometryNotFit _ -> "QF0311"
        | BiasLength _ -> "QF0312"
        | WeightNotFinite _ -> "QF0313"
        | BiasNotFinite _ -> "QF0314"
        | GroupSizeBelowOne _ -> "QF0315"
        | WeightOnlyNotFit _ -> "QF0316"
        | PackingNotFit _ -> "QF0317"
        | BiasCorrectionNotFit _ -> "QF0318"
        | ProfileNotValid _ -> "QF0319"
        | PrecisionNotRun _ -> "QF0320"
        | PathNotRun _ -> "QF0321"
        | InputTypeNotRun _ -> "QF0322"
        | InputZeroPointNotRun _ -> "QF0323"
        | ReluOn32Bits -> "QF0324"
        | ShiftAboveRange _ -> "QF0325"
        | ProductOverflow _ -> "QF0326"
        | BiasOverflow _ -> "QF0327"
        | PairOverflow _ -> "QF0328"
        | OutputOverflow _ -> "QF0329"
        | ReluNotRunnable _ -> "QF0330"
        | ParametersOfAnotherLayer _ -> "QF0331"
        | JoinDisagrees _ -> "QF0332"
        | AttemptLimit _ -> "QF0333"
        | WeightRoundingNotFit _ -> "QF0334"

    /// The refusal as a sentence: where, what was found, what is allowed, what to do.
    member r.Message =
        let number (x: float) =
            x.ToString("G6", CultureInfo.InvariantCulture)

        let dims (sizes: ImmutableArray<int>) = System.String.Join("x", sizes)

        match r with
        | NotANonNegativeNumber found -> $"{found} is not a finite number of at least 0"
        | NotASignedInteger found ->
            $"{found.Name} has no quantization range: it must be a signed integer type (int4, int8, int16, int32)"
        | ScaleOutOfRange(what, found) ->
            $"the step size of {what} is {found}: it must be a positive number that float32 holds with full precision (2^-126 to 2^127)"
        | RequantizationNotConsistent(scale, multiplier, shift) ->
            $"the factor {scale} is not {multiplier}*2^{-shift} up to the rounding of the multiplier"
        | ScalesNotRelated(entry, found, expected) ->
            $"the factor S of entry {entry} is {found}, but output, input and weight scale give {expected}"
        | ZeroPointOutOfRange(found, scalar) -> $"the zero point {found} does not lie in {scalar.Name}"
        | RangeNotOrdered(low, high) ->
            $"the range {low} .. {high} is not two finite numbers of which the first is not the larger"
        | DistributionNotFit what -> $"the observed distribution does not fit: {what}"
        | WeightShape(layout, sizes, remedy) ->
            $"weights of the shape {dims sizes} do not fit the layout {layout}: {remedy}"
        | WeightCount(sizes, found) -> $"there are {found} weights for the shape {dims sizes}"
        | GeometryNotFit(what, found, remedy) when found.IsEmpty -> $"{what} does not fit: {remedy}"
        | GeometryNotFit(what, found, remedy) ->
            let values = System.String.Join(",", found)
            $"the {what} {values} do not fit: {remedy}"
        | BiasLength(found, channels) ->
            $"the bias has {found} values for {channels} output channels: there must be one for each, or none"
        | WeightNotFinite(index, found) -> $"the weight at index {index} is {found}: weights must be finite"
        | BiasNotFinite(channel, found) -> $"the bias of channel {channel} is {found}: biases must be finite"
        | GroupSizeBelowOne found -> $"the group size is {found}: at least one weight shares a step"
        | WeightOnlyNotFit what -> $"the parts of the weight-only plan do not fit each other: {what}"
        | PackingNotFit what -> $"int4 packing: {what}"
        | PrecisionNotRun(profile, precision) -> $"the profile {profile} does not run the precision {precision.Name}"
        | PathNotRun(profile, path) -> $"the profile {profile} does not run the {path.Name} activation path"
        | BiasCorrectionNotFit what -> $"the bias cannot be corrected: {what}"
        | WeightRoundingNotFit what -> $"the weights cannot be rounded as asked: {what}"
        | ProfileNotValid(profile, field, remedy) -> $"the profile {profile} is not valid: {field}: {remedy}"
        | InputTypeNotRun scalar -> $"the input is {scalar.Name}: activations are int8 or int16"
        | InputZeroPointNotRun zeroPoint ->
            $"the input's zero point is {zeroPoint}: the int16 path multiplies activations whole, so it must be 0"
        | ReluOn32Bits ->
            "ReLU by saturation cannot be had with a 32-bit output: it is symmetric, so its lowest value is not 0; "
            + "apply the ReLU afterwards, or choose an 8- or 16-bit precision"
        | ShiftAboveRange(channel, shift, highest) ->
            $"channel {channel}: the shift {shift} is above the target's {highest}, and no permitted loss of weight precision "
            + "helps; the channel's weights are too small for the layer's output range"
        | ProductOverflow(channel, value, limit) ->
            $"channel {channel}: the product reaches {number value}, beyond the accumulator's {number limit}, and no permitted "
            + "loss of weight precision helps; the channel's weights or output range lie far outside the layer's"
        | BiasOverflow(channel, value, limit) ->
            $"channel {channel}: bias and product reach {number value}, beyond the accumulator's {number limit}, and no "
            + "permitted loss of weight precision helps; the bias lies far outside the observed output range"
        | PairOverflow(channel, value, limit) ->
            $"channel {channel}: two neighbouring weights reach {number value} together, beyond the {number limit} that their "
            + "products may have in 16 bits, and a larger step would take the shift below the target's range; the channel's "
            + "weights are too large for the layer's output range; choose a profile that adds products in full"
        | OutputOverflow(channel, value, limit) ->
            $"channel {channel}: bias and product reach {number value} output steps, beyond the {number limit} that the "
            + "target's requantization returns; bias or weights lie far outside the observed output range"
        | ReluNotRunnable(zeroPoint, lowest) ->
            $"ReLU by saturation needs the zero point {lowest}, this output has {zeroPoint}: "
            + "let activations be asymmetric, or name a fallback precision"
        | ParametersOfAnotherLayer what ->
            $"the parameters to replay hold {what}: replay a plan with the layer and the request that it was made from"
        | JoinDisagrees(pair, raises) ->
            $"no output step gives the same integers on every processor, from the one of its range to {raises}/32768 above it: {pair}"
        | AttemptLimit(limit, message) -> $"{message} (gave up after {limit} attempts)"

    override r.ToString() = r.Message

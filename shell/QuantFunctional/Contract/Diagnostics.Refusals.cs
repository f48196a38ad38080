namespace QuantFunctional;

// QF03xx: a layer that cannot be planned. Each is a case of Refusal, whose code the core holds.
public static partial class Diagnostics
{
    private const string GiveOther = "Correct the value that the message names.";

    private const string PlanAgain = "Plan the layer again, or give the numbers of one plan.";

    private const string LeaveInFloat =
        "Leave the layer in float (--exclude), calibrate with more samples, or choose another profile or precision.";

    internal static readonly Diagnostic RefusedNotANonNegativeNumber = new("QF0301", DiagnosticKind.BadInput,
        "Not a number of at least 0", "A number that must be finite and not negative is neither.", GiveOther);

    internal static readonly Diagnostic RefusedNotASignedInteger = new("QF0302", DiagnosticKind.BadInput,
        "A type without a quantization range", "Plans are made in signed integers (int4, int8, int16, int32); this type is another.",
        "Choose a signed integer type.");

    internal static readonly Diagnostic RefusedScaleOutOfRange = new("QF0303", DiagnosticKind.Failed,
        "A step that float32 does not hold in full",
        "The step of a tensor is not a positive number between 2^-126 and 2^127, as where a range is nearly empty or enormous.",
        "Check the range or the weights that the step comes from.");

    internal static readonly Diagnostic RefusedRequantizationNotConsistent = new("QF0304", DiagnosticKind.BadInput,
        "Multiplier and shift are not the factor", "A multiplier and a shift are given that do not make the factor beside them.",
        PlanAgain);

    internal static readonly Diagnostic RefusedScalesNotRelated = new("QF0305", DiagnosticKind.BadInput,
        "The scales do not fit each other", "The factor of an entry is not what the scales of input, weights and output give.",
        PlanAgain);

    internal static readonly Diagnostic RefusedZeroPointOutOfRange = new("QF0306", DiagnosticKind.BadInput,
        "A zero point outside its type", "The integer that stands for 0 does not lie in the type of the tensor.", GiveOther);

    internal static readonly Diagnostic RefusedRangeNotOrdered = new("QF0307", DiagnosticKind.BadInput,
        "A range that is none", "An observed range must be two finite numbers, the smaller one first.", GiveOther);

    internal static readonly Diagnostic RefusedDistributionNotFit = new("QF0308", DiagnosticKind.BadInput,
        "What was observed does not fit", "The observed means, the histogram or the second moments do not fit the range or the number of channels.",
        "Give what was observed of this layer.");

    internal static readonly Diagnostic RefusedWeightShape = new("QF0309", DiagnosticKind.BadInput,
        "The shape of the weights does not fit", "The weights' axes are not those of the layout, or do not divide into the groups.",
        "Choose the layout that the weights have, or give weights of that shape.");

    internal static readonly Diagnostic RefusedWeightCount = new("QF0310", DiagnosticKind.BadInput,
        "Another number of weights than the shape says", "The number of weights is not the product of the sizes of the shape.",
        "Give all weights, or their own shape.");

    internal static readonly Diagnostic RefusedGeometryNotFit = new("QF0311", DiagnosticKind.BadInput,
        "Strides, pads or dilations do not fit", "They are not as many as the kernel has axes, or have values that no kernel takes.",
        GiveOther);

    internal static readonly Diagnostic RefusedBiasLength = new("QF0312", DiagnosticKind.BadInput,
        "Another number of biases than channels", "There must be one bias for each output channel, or none at all.",
        "Give one for each output channel.");

    internal static readonly Diagnostic RefusedWeightNotFinite = new("QF0313", DiagnosticKind.BadInput,
        "A weight is not finite", "A weight is NaN or infinite, as after a training that diverged.",
        "Repair the weights, or export a checkpoint from before they became so.");

    internal static readonly Diagnostic RefusedBiasNotFinite = new("QF0314", DiagnosticKind.BadInput,
        "A bias is not finite", "A bias is NaN or infinite, as after a training that diverged.",
        "Repair the biases, or export a checkpoint from before they became so.");

    internal static readonly Diagnostic RefusedGroupSizeBelowOne = new("QF0315", DiagnosticKind.BadInput,
        "A group of no weights", "Weights that share a step come in groups of at least one.", "Give a group size of 1 or more.");

    internal static readonly Diagnostic RefusedWeightOnlyNotFit = new("QF0316", DiagnosticKind.BadInput,
        "The parts of a weight-only plan do not fit", "Weights, steps and groups of the plan do not fit each other.", PlanAgain);

    internal static readonly Diagnostic RefusedPackingNotFit = new("QF0317", DiagnosticKind.BadInput,
        "Values that int4's packing does not hold", "A value is outside -8 .. 7, or there are not as many bytes as the values need.",
        "Give values from -8 to 7, two for each byte.");

    internal static readonly Diagnostic RefusedBiasCorrectionNotFit = new("QF0318", DiagnosticKind.BadInput,
        "The bias cannot be corrected", "A mean that the bias correction needs is missing, is not finite, or is one too many.",
        "Give one mean for each channel, or leave the correction off.");

    internal static readonly Diagnostic RefusedProfileNotValid = new("QF0319", DiagnosticKind.BadInput,
        "A profile that is not valid", "The profile contradicts itself, or says what no target can do.",
        "Correct the field that the message names.");

    internal static readonly Diagnostic RefusedPrecisionNotRun = new("QF0320", DiagnosticKind.BadInput,
        "The profile does not run the precision", "The target has no arithmetic of that precision.",
        "Choose another precision or another profile; quantfn profiles shows what each of them runs.");

    internal static readonly Diagnostic RefusedPathNotRun = new("QF0321", DiagnosticKind.BadInput,
        "The profile does not run such activations", "The target has no arithmetic for activations of that width.",
        "Choose another precision or another profile; quantfn profiles shows what each of them runs.");

    internal static readonly Diagnostic RefusedInputTypeNotRun = new("QF0322", DiagnosticKind.BadInput,
        "Activations of another type", "The input of a layer is int8 or int16; this one is neither.", "Choose int8 or int16.");

    internal static readonly Diagnostic RefusedInputZeroPointNotRun = new("QF0323", DiagnosticKind.BadInput,
        "The input's zero point is not 0", "The path of 16-bit activations multiplies them whole, so that their zero point must be 0.",
        "Make the input symmetric.");

    internal static readonly Diagnostic RefusedReluOn32Bits = new("QF0324", DiagnosticKind.BadInput,
        "ReLU with an output of 32 bits", "ReLU by saturation needs 0 as the lowest output, and an output of 32 bits is symmetric.",
        "Apply the ReLU afterwards, or choose an 8- or 16-bit precision.");

    internal static readonly Diagnostic RefusedShiftAboveRange = new("QF0325", DiagnosticKind.Failed,
        "A shift above what the target runs", "A channel's weights are too small for the layer's output range.", LeaveInFloat);

    internal static readonly Diagnostic RefusedProductOverflow = new("QF0326", DiagnosticKind.Failed,
        "The products overflow the accumulator",
        "A channel's weights or output range lie far outside the layer's, and no permitted loss of precision brings them in.",
        LeaveInFloat);

    internal static readonly Diagnostic RefusedBiasOverflow = new("QF0327", DiagnosticKind.Failed,
        "Bias and products overflow the accumulator",
        "The bias lies far outside the observed output range, and no permitted loss of precision brings it in.", LeaveInFloat);

    internal static readonly Diagnostic RefusedPairOverflow = new("QF0328", DiagnosticKind.BadInput,
        "Neighbouring products leave 16 bits",
        "The target adds two products in 16 bits, and a larger step of the weights would take the shift below its range.",
        "Choose a profile that adds products in full, such as onnxruntime-vnni, or leave the layer in float.");

    internal static readonly Diagnostic RefusedOutputOverflow = new("QF0329", DiagnosticKind.Failed,
        "The requantized output leaves int32", "Bias or weights lie far outside the observed output range.", LeaveInFloat);

    internal static readonly Diagnostic RefusedReluNotRunnable = new("QF0330", DiagnosticKind.Failed,
        "ReLU needs another zero point", "ReLU by saturation needs the lowest output value as zero point, and this output has another.",
        "Let activations be asymmetric, or name a fallback precision.");

    internal static readonly Diagnostic RefusedParametersOfAnotherLayer = new("QF0331", DiagnosticKind.BadInput,
        "The parameters of another layer", "The plan to replay was made from another layer or another request.",
        "Replay a plan with the layer and the request that it was made from.");

    internal static readonly Diagnostic RefusedJoinDisagrees = new("QF0332", DiagnosticKind.Failed,
        "No step makes processors agree", "Processors make different bytes of an Add or Mul, whatever step its output has.",
        "Leave the node in float (--exclude), or choose the profile of one processor.");

    internal static readonly Diagnostic RefusedAttemptLimit = new("QF0333", DiagnosticKind.Failed,
        "Planning gave up", "The search reached its limit of attempts before it found a plan.",
        "Allow more attempts, or leave the layer in float.");

    internal static readonly Diagnostic RefusedWeightRoundingNotFit = new("QF0334", DiagnosticKind.BadInput,
        "Weights cannot be rounded as asked",
        "Differences from the nearest integers are not one for each weight, or they make integers that the target does not hold.",
        "Round to the nearest integers, or find the differences again for the scales that the layer has.");
}

namespace QuantFunctional;

// QF07xx: what was required, compared or proved does not hold
public static partial class Diagnostics
{
    private const string QuantizeAgain = "Quantize the float model again with quantfn quantize.";

    internal static readonly Diagnostic RequirementNotMet = new("QF0701", DiagnosticKind.Failed,
        "The result is not as near as required",
        "On the calibration samples the quantized model is farther from the float model than --require-sqnr or "
        + "--require-agreement allows. Nothing was written.",
        "Leave nodes in float (--exclude), quantize the weights alone (--weight-only int8), or calibrate with more samples.");

    internal static readonly Diagnostic RequirementNotChecked = new("QF0702", DiagnosticKind.Failed,
        "What is required could not be checked",
        "The float model itself gives no finite numbers on the calibration samples, or has no output to compare.",
        "Calibrate with samples that the float model works on, or require nothing.");

    internal static readonly Diagnostic InterfacesDiffer = new("QF0703", DiagnosticKind.BadInput,
        "Models with other inputs or outputs",
        "Two models are compared whose inputs or outputs have other names, types or shapes.",
        "Compare a model with its own quantized form.");

    internal static readonly Diagnostic OutputNotNumbers = new("QF0704", DiagnosticKind.BadInput,
        "An output that is not numbers",
        "An output of the model is a text, a sequence or another type that cannot be compared.",
        "Compare models whose outputs are tensors of numbers.");

    internal static readonly Diagnostic OutputShapesDiffer = new("QF0705", DiagnosticKind.BadInput,
        "Outputs of other shapes",
        "On the same sample the two models give outputs of different shapes.",
        "Compare a model with its own quantized form.");

    internal static readonly Diagnostic ComparisonFails = new("QF0706", DiagnosticKind.Failed,
        "A model gives nothing to compare",
        "On a sample one of the two models fails, or gives NaN or an infinity.",
        "Leave that sample out, or run the model on it by itself and repair what it shows.");

    internal static readonly Diagnostic NotProved = new("QF0707", DiagnosticKind.Failed,
        "A layer or join did not pass",
        "Some input makes an integer overflow, or the integers are not what the file claims; each violation has its own code.",
        "Look at the violations; quantfn repair mends overflows and disagreements of a model.");

    internal static readonly Diagnostic CertificateDisputed = new("QF0708", DiagnosticKind.Failed,
        "A certificate says what is not true",
        "The certificate was checked by other code than made it, and a claim of it does not hold of the file.",
        "Make the certificate again with quantfn verify -o; it may be of another file, or was edited.");

    internal static readonly Diagnostic ViolatedConstantOutOfRange = new("QF0711", DiagnosticKind.Failed,
        "A constant that its type does not hold",
        "A weight, bias, multiplier, shift or zero point lies outside its type, or outside what the target runs.",
        QuantizeAgain);

    internal static readonly Diagnostic ViolatedOverflow = new("QF0712", DiagnosticKind.Failed,
        "An intermediate overflows",
        "Some input drives a sum of the layer beyond the integer that must hold it; the witness is such an input.",
        "Mend the model with quantfn repair, or quantize the float model again.");

    internal static readonly Diagnostic ViolatedScaleNotHeld = new("QF0713", DiagnosticKind.Failed,
        "The factor is not the one that the scales claim",
        "Multiplier and shift of a channel stand for another number than the scales of input, weights and output give.",
        QuantizeAgain);

    internal static readonly Diagnostic ViolatedBiasStepNotHeld = new("QF0714", DiagnosticKind.Failed,
        "Biases in another step than the products",
        "The bias is added to the products as it stands, but is stored in steps of another size.",
        QuantizeAgain);

    internal static readonly Diagnostic ViolatedBiasNotHeld = new("QF0715", DiagnosticKind.Failed,
        "A bias is not the one that is claimed",
        "The integer bias stands for another real bias, by more than half a step.",
        QuantizeAgain);

    internal static readonly Diagnostic ViolatedOffsetNotHeld = new("QF0716", DiagnosticKind.Failed,
        "Another output offset than claimed",
        "What is added after the requantization is not what precision and zero point say.",
        QuantizeAgain);

    internal static readonly Diagnostic ViolatedClampNotHeld = new("QF0717", DiagnosticKind.Failed,
        "Another clamp than claimed",
        "The lowest or the highest output is not the one that activation and zero point say.",
        QuantizeAgain);

    internal static readonly Diagnostic ViolatedPairOverflow = new("QF0718", DiagnosticKind.Failed,
        "Neighbouring products saturate",
        "x64 without VNNI adds two neighbouring products in 16 bits, and some input drives them beyond: the result is wrong there.",
        "Mend the model with quantfn repair; where it only ever runs with VNNI, verify it with --profile onnxruntime-vnni.");

    internal static readonly Diagnostic JoinDisagrees = new("QF0719", DiagnosticKind.Failed,
        "Processors disagree on an Add or Mul",
        "For some pair of inputs the processors of the profile make different bytes.",
        "Mend the model with quantfn repair, or choose the profile of one processor.");

    internal static readonly Diagnostic TargetNotMet = new("QF0720", DiagnosticKind.Failed,
        "The target was not met",
        "The search for --target-sqnr, --target-agreement or --max-drop ended before a network met it. The best one that was found was "
        + "written, with its report.",
        "Ask for less, let the search try more networks, or calibrate with other samples.");

    internal static readonly Diagnostic WeightsDisputed = new("QF0721", DiagnosticKind.Failed,
        "Stored weights are not what they have to be",
        "An integer, a step or a zero point of the model is not that of its plan, a product of the plan is missing, or a block of weights "
        + "loses more than its nearest integers would.",
        "Look at the places that are named; quantize the float model again with --plan, which writes both.");

    /// <summary>What a certificate calls a violation.</summary>
    internal static Diagnostic OfViolation(string kind) => kind switch
    {
        "constant-out-of-range" => ViolatedConstantOutOfRange,
        "overflow" => ViolatedOverflow,
        "scale-not-held" => ViolatedScaleNotHeld,
        "bias-step-not-held" => ViolatedBiasStepNotHeld,
        "bias-not-held" => ViolatedBiasNotHeld,
        "offset-not-held" => ViolatedOffsetNotHeld,
        "clamp-not-held" => ViolatedClampNotHeld,
        "pair-overflow" => ViolatedPairOverflow,
        "join-disagrees" => JoinDisagrees,
        _ => NotProved,
    };

    /// <summary>What a certificate calls a notice.</summary>
    internal static Diagnostic OfNotice(string kind) =>
        kind == "saturation" ? NoticedSaturation : NoticedNarrowAccumulator;
}

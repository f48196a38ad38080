namespace QuantFunctional;

// QF08xx: the run on integers, and the repair of a model
public static partial class Diagnostics
{
    internal static readonly Diagnostic OutputTooLarge = new("QF0801", DiagnosticKind.BadInput,
        "An output of too many elements",
        "The outputs of all samples together have more elements than one array holds.",
        "Give fewer samples.");

    internal static readonly Diagnostic OutputNotOnIntegers = new("QF0802", DiagnosticKind.BadInput,
        "An output that integers alone do not give",
        "A node before the output does not run on integers here, or the output is integers itself; the message names the cause.",
        "Run the model in ONNX Runtime, or quantize the float model so that the node runs on integers.");

    internal static readonly Diagnostic NodeDoesNotFit = new("QF0803", DiagnosticKind.BadInput,
        "A node does not fit its input",
        "A node was given integers of a shape that it does not take, as where the model contradicts itself.",
        "Give inputs of the model's shapes, or export the model again.");

    internal static readonly Diagnostic IntermediateOverflows = new("QF0804", DiagnosticKind.Failed,
        "An intermediate overflows",
        "With this input a sum leaves the integer that must hold it, so that no result is right.",
        "Look at the layer with quantfn verify, and plan it again or mend the model with quantfn repair.");

    internal static readonly Diagnostic InputOutOfRange = new("QF0805", DiagnosticKind.BadInput,
        "An input value outside its type",
        "An integer of the input does not lie in the type that the layer's input has.",
        "Quantize the input with the step and the zero point of the layer's input.");

    internal static readonly Diagnostic InputShapeNotRun = new("QF0806", DiagnosticKind.BadInput,
        "An input of a shape that the layer does not take",
        "The input has other axes or channels than the layer, or is smaller than its kernel.",
        "Give an input of the shape that the message names.");

    internal static readonly Diagnostic RowsTooLong = new("QF0807", DiagnosticKind.BadInput,
        "A Softmax over too many elements",
        "The rows are longer than the kernel's sum holds exactly in float32.",
        "Leave the Softmax in float (--exclude-type or --exclude).");

    internal static readonly Diagnostic EngineSizeDiffers = new("QF0808", DiagnosticKind.Failed,
        "The integers give an output of another size",
        "The run on integers and ONNX Runtime give outputs of different sizes for one sample. This is a fault of the tool.",
        "Report the model.");

    internal static readonly Diagnostic ConstantNotRun = new("QF0809", DiagnosticKind.Failed,
        "A constant that nothing runs",
        "A multiplier or a shift of the plan lies outside what the target runs, so that the layer has no meaning.",
        "Plan the layer again.");

    internal static readonly Diagnostic LayerNotRepaired = new("QF0811", DiagnosticKind.Failed,
        "A layer cannot be repaired",
        "The layer breaks something, and what would have to change is no constant of a form that is known.",
        "Quantize the float model again with quantfn quantize.");

    internal static readonly Diagnostic JoinNotRepaired = new("QF0812", DiagnosticKind.Failed,
        "An Add or Mul cannot be repaired",
        "Processors disagree on the node, and its step cannot be raised, or the biases that depend on it cannot follow.",
        "Quantize the float model again with quantfn quantize.");

    internal static readonly Diagnostic RepairNotEnough = new("QF0813", DiagnosticKind.Failed,
        "More is broken than a repair mends",
        "After the repair the model still breaks something that integers alone cannot mend. Nothing was written.",
        "Quantize the float model again with quantfn quantize.");
}

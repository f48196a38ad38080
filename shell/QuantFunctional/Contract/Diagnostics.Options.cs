namespace QuantFunctional;

// QF00xx: the command line itself. QF06xx: options that have wrong values, or do not go together.
public static partial class Diagnostics
{
    internal static readonly Diagnostic WrongUsage = new("QF0001", DiagnosticKind.BadInput,
        "A command line that is not understood",
        "A verb or an option is misspelt, is missing, or does not go with the others.",
        "Look at the help of the verb: quantfn VERB --help.");

    internal static readonly Diagnostic Cancelled = new("QF0002", DiagnosticKind.Failed,
        "Cancelled",
        "The work was stopped from outside, as by Ctrl+C. Nothing was written.",
        "Start it again.");

    internal static readonly Diagnostic Unexpected = new("QF0003", DiagnosticKind.Failed,
        "An error that nobody foresaw",
        "This is a fault of the tool, or a machine without memory. It should not happen.",
        "Set QUANTFN_DEBUG=1, which shows where it arose, and report it.");

    internal static readonly Diagnostic OptionValueWrong = new("QF0601", DiagnosticKind.BadInput,
        "A value that the option does not take",
        "The value of an option is not a number, a list or a range as it must be, or is out of its bounds.",
        "Give a value of the form that the message shows.");

    internal static readonly Diagnostic OptionValueUnknown = new("QF0602", DiagnosticKind.BadInput,
        "A name that the option does not know",
        "The value of an option is a name, and it is none of those that are known; the message lists them.",
        "Use one of the names.");

    internal static readonly Diagnostic OptionsExclude = new("QF0603", DiagnosticKind.BadInput,
        "Options that exclude each other",
        "Two options of the line ask for things that cannot be had together.",
        "Leave one of them out.");

    internal static readonly Diagnostic OptionNeedsAnother = new("QF0604", DiagnosticKind.BadInput,
        "An option that needs another one",
        "An option of the line says nothing unless another one stands beside it.",
        "Add the option that the message names, or leave this one out.");

    internal static readonly Diagnostic ExcludedNodeMissing = new("QF0605", DiagnosticKind.BadInput,
        "The node to exclude does not exist",
        "--exclude names something that is neither the name of a node nor its first output.",
        "Check the name; quantfn inspect lists the layers.");

    internal static readonly Diagnostic ExcludedNodeConstant = new("QF0606", DiagnosticKind.BadInput,
        "The node to exclude is a constant",
        "--exclude names a node that depends on constants alone. It is computed beforehand, and nothing of it is left.",
        "Leave that --exclude out, or name the node that reads its output.");

    internal static readonly Diagnostic ExcludedTypeMissing = new("QF0614", DiagnosticKind.BadInput,
        "No node is of the operator to exclude",
        "--exclude-type names an operator that no node of the model has.",
        "Check the name; quantfn inspect lists the operators.");

    internal static readonly Diagnostic ConfigWrong = new("QF0615", DiagnosticKind.BadInput,
        "A file of options that is not one",
        "The file that --config names cannot be read, is not a JSON object of options, or holds a value that an option does not take.",
        "Look at its schema in docs/schema.");

    internal static readonly Diagnostic ConfigKeyUnknown = new("QF0616", DiagnosticKind.BadInput,
        "A key that is no option",
        "The file that --config names holds a key that is no long option of the verb; the message lists those that are.",
        "Check its spelling, or take it out.");

    internal static readonly Diagnostic PrecisionNotInOnnx = new("QF0607", DiagnosticKind.BadInput,
        "A precision that ONNX has no form for",
        "The outputs of this precision are of a type that QuantizeLinear does not make.",
        "Choose an 8- or 16-bit precision, or plan single layers with quantfn plan.");

    internal static readonly Diagnostic ProfileNeedsSymmetric = new("QF0608", DiagnosticKind.BadInput,
        "A profile that needs symmetric activations",
        "The profile multiplies 16-bit activations whole, so that their zero points must be 0.",
        "Add --symmetric-activations.");

    internal static readonly Diagnostic BlockSizeNotRun = new("QF0609", DiagnosticKind.BadInput,
        "A block size that is not run",
        "ONNX Runtime's kernel for integer weights runs blocks of 16, 32, 64, 128 and 256 alone.",
        "Choose one of these sizes.");

    internal static readonly Diagnostic EightBitProductMissing = new("QF0619", DiagnosticKind.BadInput,
        "No product to keep in 8 bits",
        "--keep-8-bit names a node that is no product with constant weights, or asks for the head of a model that has none.",
        "Name a Gemm or MatMul with constant weights; quantfn inspect lists the layers.");

    internal static readonly Diagnostic LayerNotSaid = new("QF0610", DiagnosticKind.BadInput,
        "Which layer?",
        "The plan holds several layers, and the work is for one of them.",
        "Name the layer with --layer.");

    internal static readonly Diagnostic ChannelMissing = new("QF0611", DiagnosticKind.BadInput,
        "A channel does not exist",
        "--channel names a channel that the layer does not have. The first channel is 0.",
        "Name a channel below the number of channels.");

    internal static readonly Diagnostic VectorsShape = new("QF0612", DiagnosticKind.BadInput,
        "An input shape that the layer does not take",
        "The input for the test vectors has another number of axes than the layer's kernel, or is smaller than it.",
        "Give one size of at least the kernel's for each of its axes.");

    internal static readonly Diagnostic VectorsTooMany = new("QF0613", DiagnosticKind.BadInput,
        "Too many numbers in the test vectors",
        "The vectors asked for would be larger than can be written.",
        "Ask for fewer vectors, or a smaller input shape.");
}

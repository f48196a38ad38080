namespace QuantFunctional;

// QF04xx: ONNX models
public static partial class Diagnostics
{
    internal static readonly Diagnostic NotOnnx = new("QF0401", DiagnosticKind.BadInput,
        "Not an ONNX model",
        "The file is empty, is cut off, or is another kind of file than an ONNX model with nodes.",
        "Export the model again, or copy it again.");

    internal static readonly Diagnostic ModelTooLarge = new("QF0402", DiagnosticKind.BadInput,
        "A model of more than 2 GB",
        "An ONNX file, a model in memory, and a single tensor are limited to 2 GB each.",
        "Keep the weights in an external data file, name a file for the result, or split the tensor.");

    internal static readonly Diagnostic TensorDamaged = new("QF0403", DiagnosticKind.BadInput,
        "A tensor of the model is damaged",
        "A constant of the model holds another number of values than its shape says, or values that its type does not have.",
        "Export the model again.");

    internal static readonly Diagnostic ExternalDataWrong = new("QF0404", DiagnosticKind.BadInput,
        "External data that is not described well",
        "A tensor keeps its values in another file, and what the model says of their place and length cannot be true.",
        "Export the model again.");

    internal static readonly Diagnostic ExternalDataTruncated = new("QF0405", DiagnosticKind.BadInput,
        "External data is truncated",
        "The file beside the model that holds its weights is shorter than the model says.",
        "Copy the file again, together with the model.");

    internal static readonly Diagnostic ExternalDataElsewhere = new("QF0406", DiagnosticKind.BadInput,
        "External data outside the model's folder",
        "A model names a file of weights that is not below its own folder; such a model could make any file be read.",
        "Put the file beside the model.");

    internal static readonly Diagnostic LinkLeadsNowhere = new("QF0407", DiagnosticKind.BadInput,
        "A link that leads nowhere",
        "The model's path or that of its external data goes through a link whose target cannot be found.",
        "Repair the link, or name the file itself.");

    internal static readonly Diagnostic ExternalDataNotThere = new("QF0422", DiagnosticKind.BadInput,
        "A model in memory with external data",
        "A tensor lies in a file beside the model, and a model that is given as bytes or as a stream has no folder.",
        "Name the model's file, or save it with its data inside.");

    internal static readonly Diagnostic OpsetNotSupported = new("QF0408", DiagnosticKind.BadInput,
        "An opset that is not supported",
        "The model is written in a version of ONNX's operators other than 7 to 26.",
        "Export the model again with an opset from 13 to 26.");

    internal static readonly Diagnostic OpsetNotRaised = new("QF0409", DiagnosticKind.BadInput,
        "A model whose opset cannot be raised",
        "Quantized models need a newer opset than this one has, and a node would mean something else there.",
        "Export the model again with the opset that the message names.");

    internal static readonly Diagnostic QuantizedAlready = new("QF0410", DiagnosticKind.BadInput,
        "A model that is quantized already",
        "The model holds nodes that quantize. To quantize it again would round what was rounded.",
        "Give the float model that it was made from. Where weights alone are integers, --weight-only goes on with the others.");

    internal static readonly Diagnostic FloatModel = new("QF0411", DiagnosticKind.BadInput,
        "A float model where a quantized one is needed",
        "The model holds no integers, so that there is nothing to run, prove or repair.",
        "Make an integer model of it with quantfn quantize.");

    internal static readonly Diagnostic NothingToQuantize = new("QF0412", DiagnosticKind.BadInput,
        "Nothing to quantize",
        "The model has no Conv, Gemm or MatMul with constant weights that can be quantized; the message tells why not.",
        "Look at the reasons with quantfn inspect, and exclude less.");

    internal static readonly Diagnostic NothingPlanned = new("QF0413", DiagnosticKind.Failed,
        "No layer can be planned",
        "There are layers to quantize, but each of them was refused; the message tells why the first was.",
        "Calibrate with samples like those in use, or choose another profile or precision.");

    internal static readonly Diagnostic TypeNotPassed = new("QF0414", DiagnosticKind.BadInput,
        "An input or output of a type that cannot be passed",
        "ONNX Runtime's interface for .NET has no way to pass such values, so that the model could not be run.",
        "Let a Cast within the model make int8, uint8 or float32 of it, or it of them.");

    internal static readonly Diagnostic RefusedByOnnxRuntime = new("QF0415", DiagnosticKind.BadInput,
        "ONNX Runtime does not accept the model",
        "ONNX Runtime was given the model and refused it; the message holds its words.",
        "Check the model with onnx.checker, and export it again with an opset that ONNX Runtime knows.");

    internal static readonly Diagnostic ResultNotLoaded = new("QF0416", DiagnosticKind.Failed,
        "ONNX Runtime does not load the result",
        "The model was quantized, and ONNX Runtime refuses what came of it. Nothing was written.",
        "Leave the node that the message names in float (--exclude), and report the model.");

    internal static readonly Diagnostic ConstantsNotComputed = new("QF0417", DiagnosticKind.BadInput,
        "Constants that cannot be computed",
        "What depends on constants alone is computed beforehand with ONNX Runtime, which fails on it.",
        "Check the model with onnx.checker, and export it again.");

    internal static readonly Diagnostic NoIntegerLayer = new("QF0418", DiagnosticKind.BadInput,
        "No layer runs on integers",
        "The model holds integers, but no layer of it computes with them in a way that is known here.",
        "Look at the reason in the message, or quantize the float model with quantfn quantize.");

    internal static readonly Diagnostic NodeInFloat = new("QF0419", DiagnosticKind.BadInput,
        "A node that does not run on integers",
        "The node asked for is in the model, but computes with real numbers; the message tells why.",
        "Name another layer, or quantize the float model again without excluding this one.");

    internal static readonly Diagnostic TensorNotFloat32 = new("QF0420", DiagnosticKind.BadInput,
        "A tensor that is not float32",
        "The range of a tensor is observed in float32 alone, and this one is of another type.",
        "Export the model in float32.");

    internal static readonly Diagnostic GraphNotSeen = new("QF0421", DiagnosticKind.Failed,
        "What ONNX Runtime makes of the model cannot be looked at",
        "ONNX Runtime writes its optimized graph into a temporary file, and none can be written.",
        "Make room in the folder for temporary files, or point TMPDIR to another.");

    internal static readonly Diagnostic NoRealOutput = new("QF0423", DiagnosticKind.BadInput,
        "No output of real numbers",
        "All outputs are whole numbers or truth values, such as classes, so that there is no error to measure.",
        "Measure a model that ends before them, at the scores.");

    internal static readonly Diagnostic FolderNotUnderstood = new("QF0424", DiagnosticKind.BadInput,
        "A folder of a model that is not understood",
        "The folder has no genai_config.json, or that names no decoder, one elsewhere, or several that run one after the other; or the folder links to others.",
        "Name the ONNX file itself, or mend what the message names.");

    internal static readonly Diagnostic EmbeddingNotGathered = new("QF0425", DiagnosticKind.BadInput,
        "An embedding that cannot be gathered in int4",
        "ONNX gathers no int4, and ONNX Runtime's own operator for that goes only into files that have such operators anyway.",
        "Say --embedding int8, or build the model with ONNX Runtime's own operators.");
}

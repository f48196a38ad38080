namespace QuantFunctional;

// QF05xx: samples, and how they fit the model
public static partial class Diagnostics
{
    internal static readonly Diagnostic NoInputToFeed = new("QF0501", DiagnosticKind.BadInput,
        "The model has no input",
        "Every input of the model is a constant, so that no sample could change what it gives.",
        "Export the model with its inputs.");

    internal static readonly Diagnostic NoArrayForInput = new("QF0502", DiagnosticKind.BadInput,
        "No array for an input",
        "The file holds no array by the name of one of the model's inputs; the message lists those that it holds.",
        "Name the arrays after the model's inputs.");

    internal static readonly Diagnostic ArrayAmbiguous = new("QF0503", DiagnosticKind.BadInput,
        "Which array is the input?",
        "The file holds several arrays, and none is named after the model's one input.",
        "Name the array after the input.");

    internal static readonly Diagnostic LabelsWrong = new("QF0504", DiagnosticKind.BadInput,
        "Labels that are none",
        "Labels are integers, one for each sample; the array has other elements or another length.",
        "Write the labels as integers in the order of the samples, or leave them out.");

    internal static readonly Diagnostic LabelOutOfRange = new("QF0505", DiagnosticKind.BadInput,
        "A label outside the model's classes",
        "A label is below 0 or not below the number of classes that the models tell apart.",
        "Count classes from 0, as the model's output does.");

    internal static readonly Diagnostic LabelsWithoutClasses = new("QF0506", DiagnosticKind.BadInput,
        "Labels for a model that does not classify",
        "The models' output is not one score for each class of a sample, so that labels say nothing about it.",
        "Leave the labels out.");

    internal static readonly Diagnostic InputTypeNotFed = new("QF0507", DiagnosticKind.BadInput,
        "An input of a type that samples cannot have",
        "The model's input takes texts or others that no array of numbers can be converted to.",
        "Give the model an input of float16, float32, float64, integers or truth values.");

    internal static readonly Diagnostic SampleNotFinite = new("QF0508", DiagnosticKind.BadInput,
        "A sample with NaN or an infinity",
        "An element of a sample is not a finite number of the input's type. No range can be observed of it.",
        "Repair or remove the sample, or leave it out with --skip-sample.");

    internal static readonly Diagnostic BatchFixed = new("QF0509", DiagnosticKind.BadInput,
        "Inputs whose batches do not go together",
        "The inputs of a model take different numbers of samples at once, so that at least one of them has its batch elsewhere than "
        + "along the first axis, or none.",
        "Say which axis is the batch with --batch-axis NAME=1, or that there is none with --batch-axis NAME=none.");

    internal static readonly Diagnostic SampleShapeDiffers = new("QF0510", DiagnosticKind.BadInput,
        "Samples of another shape than the input",
        "The array's axes behind the first are not those that the model's input takes.",
        "Give samples of the input's shape, with one more axis in front that counts them.");

    internal static readonly Diagnostic SampleTypeDiffers = new("QF0511", DiagnosticKind.BadInput,
        "Samples of another type than the input",
        "The array holds real numbers and the input takes integers, or the other way round.",
        "Convert the array with numpy's astype.");

    internal static readonly Diagnostic SampleShapesDiffer = new("QF0512", DiagnosticKind.BadInput,
        "Samples of several shapes in one batch",
        "The files of a folder hold samples of different shapes, and the model runs several samples at once, which must have one.",
        "Bring the samples to one shape, split them into folders, or export the model with a batch of 1.");

    internal static readonly Diagnostic NoSamples = new("QF0513", DiagnosticKind.BadInput,
        "No samples",
        "The file or folder holds no sample, and at least one is needed.",
        "Give samples, best some hundred like those in use.");

    internal static readonly Diagnostic SampleWithoutElements = new("QF0514", DiagnosticKind.BadInput,
        "A sample without elements, or with too many",
        "A sample must have elements in one of its inputs, and fewer than 2^30 in each; an input may be empty beside others, as the past of a "
        + "decoder's first run is.",
        "Give samples of the input's shape.");

    internal static readonly Diagnostic SampleCountsDiffer = new("QF0515", DiagnosticKind.BadInput,
        "Another number of samples for each input",
        "The inputs of the model are fed together, so that each needs the same number of samples.",
        "Give the same number of samples for every input; one that has no axis for samples is given once with --batch-axis NAME=none.");

    internal static readonly Diagnostic SkippedSampleMissing = new("QF0516", DiagnosticKind.BadInput,
        "The sample to skip does not exist",
        "--skip-sample names an index that no sample has. The first sample is 0.",
        "Name an index below the number of samples.");

    internal static readonly Diagnostic EverySampleSkipped = new("QF0517", DiagnosticKind.BadInput,
        "Every sample is skipped",
        "--skip-sample leaves no sample to calibrate with.",
        "Skip fewer samples, or give more.");

    internal static readonly Diagnostic FloatModelMakesNaN = new("QF0518", DiagnosticKind.BadInput,
        "The float model makes NaN of a sample",
        "The sample's own values are finite, but the float model gives NaN: it does not work on that sample itself.",
        "Leave the sample out with --skip-sample, or look at what the node that the message names reads.");

    internal static readonly Diagnostic RunFails = new("QF0519", DiagnosticKind.Failed,
        "ONNX Runtime fails on a sample",
        "ONNX Runtime accepted the model and fails when it runs it on a sample; the message holds its words.",
        "Run the model on that sample by itself, and repair the sample or the model.");

    internal static readonly Diagnostic InputNotGiven = new("QF0520", DiagnosticKind.BadInput,
        "An input is not given",
        "The model was to be run, and one of its inputs has no array.",
        "Give an array for each input.");

    internal static readonly Diagnostic SamplesUnlike = new("QF0521", DiagnosticKind.BadInput,
        "Samples with other inputs",
        "A sample of a sequence has other tensors than the first, or tensors of another type or number of axes, or none.",
        "Give every sample the same inputs, each of one type and number of axes.");

    internal static readonly Diagnostic SamplesNotKept = new("QF0522", DiagnosticKind.Failed,
        "Samples cannot be kept in a temporary file",
        "The samples of a sequence are read several times, for which they are kept in a file, and none can be written.",
        "Make room in the folder for temporary files, or point TMPDIR to another.");

    internal static readonly Diagnostic BatchAxisWrong = new("QF0523", DiagnosticKind.BadInput,
        "A batch axis that the model does not have",
        "--batch-axis names no input or output of the model, or an axis that the input does not have.",
        "Name an input or output as the message lists them, and an axis from 0.");

    internal static readonly Diagnostic DimensionUnknown = new("QF0524", DiagnosticKind.BadInput,
        "A dimension that the model does not have",
        "--dim names a free dimension that no input of the model has.",
        "Name a free dimension as the message lists them.");

    internal static readonly Diagnostic NotADecoder = new("QF0531", DiagnosticKind.BadInput,
        "Tokens for a model that is no decoder",
        "A decoder has an input input_ids of whole numbers, beside it at most attention_mask, position_ids and past_key_values.…, and an output "
        + "of one row of scores for each token. Only such a model is fed with tokens.",
        "Compare the model on samples of its inputs with --data.");

    internal static readonly Diagnostic TokensWrong = new("QF0532", DiagnosticKind.BadInput,
        "Tokens that are none",
        "Tokens are whole numbers from 0, below the number of scores that the model gives, in rows of at least two that begin a text.",
        "Write the tokens of the model's own tokenizer as int64 in an array of the shape [rows, length].");
}

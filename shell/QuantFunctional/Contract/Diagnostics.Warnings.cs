namespace QuantFunctional;

// QF09xx: what a user should know of a result that was made
public static partial class Diagnostics
{
    private const string SeldomMatters =
        "Such channels seldom matter, since their real weights are nearly 0; where the result is too far from the float model, "
        + "leave the layer in float (--exclude).";

    internal static readonly Diagnostic ConstantInput = new("QF0901", DiagnosticKind.Warning,
        "An input that never changes",
        "An input has one value in every calibration sample, so that the ranges of what depends on it are those of this value.",
        "Calibrate with samples as the model will be fed.");

    internal static readonly Diagnostic WeakInput = new("QF0902", DiagnosticKind.Warning,
        "An input that hardly moves the model",
        "The samples are so small that the first layers give nearly their biases alone, as where pixels from 0 to 1 are fed to a "
        + "model that takes 0 to 255.",
        "Scale the samples as the model takes them.");

    internal static readonly Diagnostic PixelScaleUnclear = new("QF0903", DiagnosticKind.Warning,
        "Pixels whose scale nothing shows",
        "The samples are pixels from 0 to 1, and the float model answers alike to pixels from 0 to 255; with the wrong ones in use "
        + "the quantized model saturates everywhere.",
        "Calibrate with samples that are scaled exactly as those in use.");

    internal static readonly Diagnostic UnlikeSamples = new("QF0904", DiagnosticKind.Warning,
        "Samples unlike all others",
        "A few samples make a tensor many times as wide as the rest, which leaves ordinary samples few steps.",
        "If such samples do not occur in use, leave them out with --skip-sample.");

    internal static readonly Diagnostic FewSamples = new("QF0905", DiagnosticKind.Warning,
        "Few calibration samples",
        "Ranges hold for what the samples show, and with fewer than 16 of them other inputs saturate.",
        "Give at least 16 samples, better 100, like those in use.");

    internal static readonly Diagnostic RangesGrowing = new("QF0906", DiagnosticKind.Warning,
        "Ranges that still grow",
        "The last half of the calibration samples still widened most ranges by more than 10 %: more samples would widen them further.",
        "Give more samples.");

    internal static readonly Diagnostic InfiniteTensor = new("QF0907", DiagnosticKind.Warning,
        "The float model becomes infinite",
        "A tensor of the float model is infinite for a calibration sample; its range is that of its finite values.",
        "Check that the samples are scaled as the model expects.");

    internal static readonly Diagnostic DataLeavesRange = new("QF0908", DiagnosticKind.Warning,
        "Data that leaves the calibrated range",
        "More than 1 % of the values that are compared lie outside the range that the quantized model holds its input in, and "
        + "saturate there, as where pixels from 0 to 255 are fed to a model that was calibrated with 0 to 1.",
        "Scale the data as the calibration samples, or calibrate with samples like it.");

    internal static readonly Diagnostic DataFillsLittle = new("QF0909", DiagnosticKind.Warning,
        "Data that fills little of the calibrated range",
        "The data takes less than a thirty-second of the range that the quantized model holds its input in, so that few steps are "
        + "left of it, as where pixels from 0 to 1 are fed to a model that was calibrated with 0 to 255.",
        "Scale the data as the calibration samples, or calibrate with samples like it.");

    internal static readonly Diagnostic MostlyRounding = new("QF0911", DiagnosticKind.Warning,
        "An output that is mostly rounding",
        "An output or a part of it is within 10 dB of the rounding on the calibration samples: little of the float model is left.",
        "Leave the nodes that the message names in float (--exclude), quantize the weights alone (--weight-only int8), or calibrate "
        + "with more samples, or with others.");

    internal static readonly Diagnostic NotChecked = new("QF0912", DiagnosticKind.Warning,
        "The result was not checked",
        "The float model itself gives no finite numbers on the calibration samples, or has no output to compare.",
        "Compare the models on samples that the float model works on, with quantfn compare.");

    internal static readonly Diagnostic SixteenBitsInFloat = new("QF0913", DiagnosticKind.Warning,
        "16-bit layers run in float",
        "ONNX Runtime has no 16-bit integer kernels: the model is right, but no faster than in float there.",
        "Choose an 8-bit precision for ONNX Runtime; 16-bit plans are for other targets.");

    internal static readonly Diagnostic LayersInFloat = new("QF0914", DiagnosticKind.Warning,
        "Layers of integers that run in float",
        "ONNX Runtime runs quantized layers in float on this machine, where another processor may run them on integers.",
        "With session.qdqisint8allowed=1 they run on integers; see docs/processors.md.");

    internal static readonly Diagnostic WeightsDequantized = new("QF0915", DiagnosticKind.Warning,
        "Weights that are dequantized at every run",
        "ONNX Runtime does not run these products on integer weights on this machine: the file is smaller, but no faster.",
        "Choose another block size with --group, or run the model where ONNX Runtime has the kernel.");

    internal static readonly Diagnostic ProcessorsDisagree = new("QF0916", DiagnosticKind.Warning,
        "Processors disagree on the file",
        "Some kinds of processors make different integers of the model. What is shown holds for one of them.",
        "quantfn verify names the places, and quantfn repair makes it the same everywhere.");

    internal static readonly Diagnostic NotLoadedHere = new("QF0917", DiagnosticKind.Warning,
        "ONNX Runtime does not load the model",
        "The model's integers are understood here, but ONNX Runtime refuses the file; what is shown is what its operators mean.",
        "Load it with fewer optimizations, or quantize the float model with quantfn quantize.");

    internal static readonly Diagnostic SoftmaxOfOne = new("QF0918", DiagnosticKind.Warning,
        "A Softmax over one element",
        "ONNX Runtime's integer kernel gives 0 where the softmax of one element is 1, a fault of its own.",
        "Put a constant 1 in its place, or leave out the QuantizeLinear behind it.");

    internal static readonly Diagnostic SignedAlone = new("QF0919", DiagnosticKind.Warning,
        "Signed tensors that x64 runs in float",
        "x64 takes signed activations as integers only where each has one reader; others run in float there.",
        "Load the model with session.qdqisint8allowed=1.");

    internal static readonly Diagnostic MuchRounding = new("QF0920", DiagnosticKind.Warning,
        "An output that is far from the float model's",
        "An output is within 20 dB of the rounding on the calibration samples: its errors are more than a tenth of what it holds.",
        "See with --compare on data of your own whether that matters, or leave nodes in float (--exclude).");

    internal static readonly Diagnostic WarnedDeadChannels = new("QF0921", DiagnosticKind.Warning,
        "Channels whose weights all round to 0",
        "Every integer weight of these channels is 0, so that their output is the bias alone.",
        SeldomMatters);

    internal static readonly Diagnostic WarnedConstantOutput = new("QF0922", DiagnosticKind.Warning,
        "Channels that no input moves",
        "All inputs together move the output of these channels by less than one step of the range that all channels share.",
        "Nothing, where the result is near enough to the float model; else leave the layer in float (--exclude).");

    internal static readonly Diagnostic WarnedOutputScaleReduced = new("QF0923", DiagnosticKind.Warning,
        "An output that gave up bits",
        "A shift was below what the target runs, so that the output's step was made larger by a power of two.",
        "Nothing, where the result is near enough to the float model; else leave the layer in float (--exclude).");

    internal static readonly Diagnostic WarnedOutputWidened = new("QF0924", DiagnosticKind.Warning,
        "An output of 32 bits",
        "The output is int32 instead of int16, with more bits of precision.",
        "Nothing, where what reads the output takes int32.");

    internal static readonly Diagnostic NearestWeights = new("QF0925", DiagnosticKind.Warning,
        "Weights that are rounded to the nearest",
        "The samples do not say how the errors of a product's weights add up: they have fewer rows than the product has inputs, or numbers "
        + "that are not finite. So each weight has its nearest integer, as without samples.",
        "Give more samples; nothing, where the result is near enough to the float model.");

    internal static readonly Diagnostic ZerosAtExtended = new("QF0926", DiagnosticKind.Warning,
        "Steps of float16 that one level of optimization takes for 0",
        "On CPUs ONNX Runtime converts steps of float16 at every run where it is asked for the level extended, and its kernel with integer "
        + "activations then gives zeros, a fault of its own (seen in 1.31.1). At its usual level, all, it converts them once, and the result is right.",
        "Leave the level as it is, or set session.qdq_matmulnbits_accuracy_level to 1 where it has to be extended.");

    internal static readonly Diagnostic PixelsNotScaled = new("QF0941", DiagnosticKind.Warning,
        "Pixels as they are",
        "The calibration samples are images, and nothing says how the model takes their pixels, so that they are fed from 0 to 255.",
        "Give --image-preset imagenet, tf or raw, or --image-scale with --image-mean and --image-std.");

    internal static readonly Diagnostic InputsMade = new("QF0951", DiagnosticKind.Warning,
        "Inputs of a decoder that were made",
        "The samples hold tokens, and what a decoder takes beside them was made as at the first run of a text: a mask of ones, positions that "
        + "count from 0, and a past of length 0.",
        "Nothing, where each row of tokens begins a text; else give an array for every input.");

    internal static readonly Diagnostic CacheDisagrees = new("QF0952", DiagnosticKind.Warning,
        "Token by token is not as at once",
        "A model gives other scores where it reads a text token by token with its cache than where it reads the text at once, by more than "
        + "rounding explains: 30 dB, or as far as a quantized model is from its float model.",
        "Look at how the model's mask and its positions are made, and calibrate with samples that have a past.");

    internal static readonly Diagnostic NoticedSaturation = new("QF0931", DiagnosticKind.Warning,
        "An output that can saturate",
        "Some input, not necessarily one in use, drives the output beyond its type, where it is cut as the quantization means it.",
        "Nothing, where the calibration samples were like those in use; else calibrate with more.");

    internal static readonly Diagnostic NoticedNarrowAccumulator = new("QF0932", DiagnosticKind.Warning,
        "A narrower accumulator would do",
        "No input needs all bits of the layer's accumulator, which a hardware designer can use.",
        "Nothing.");

    internal static readonly Diagnostic NoVectors = new("QF0933", DiagnosticKind.Warning,
        "Layers without test vectors",
        "Of some layers of the plan the weights alone are integers, so that there is no integer arithmetic to test.",
        "Nothing, or quantize with --calibration, which makes their activations integers too.");
}

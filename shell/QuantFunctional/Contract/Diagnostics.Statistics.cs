namespace QuantFunctional;

// QF023x: statistics of calibration samples, and how they fit model, samples and each other
public static partial class Diagnostics
{
    internal static readonly Diagnostic StatisticsOfOtherModel = new("QF0231", DiagnosticKind.BadInput,
        "The statistics of another model",
        "Statistics hold the digest of the float model that they were observed of, and the model at hand, or that of other statistics, has "
        + "another: its tensors would get ranges that are not theirs.",
        "Observe the samples again with quantfn calibrate and this model.");

    internal static readonly Diagnostic StatisticsOfOtherData = new("QF0232", DiagnosticKind.BadInput,
        "The statistics of other samples",
        "Statistics hold the digest of their samples, and the samples beside them, or those of other statistics, are others.",
        "Give the samples that the statistics were observed of, or observe these with quantfn calibrate.");

    internal static readonly Diagnostic StatisticsOverlap = new("QF0233", DiagnosticKind.BadInput,
        "Statistics that share samples",
        "A shard is given twice, or two shards of different splits have samples in common, which would count twice.",
        "Give each shard of one split once.");

    internal static readonly Diagnostic StatisticsIncomplete = new("QF0234", DiagnosticKind.BadInput,
        "Shards are missing",
        "The statistics are of a part of the samples alone; what the others show is not known.",
        "Observe the shards that the message names, and give the statistics of all.");

    internal static readonly Diagnostic StatisticsUnlike = new("QF0235", DiagnosticKind.BadInput,
        "Statistics that were not observed alike",
        "Parts were observed with different options or versions of ONNX Runtime, or with others than the quantization at hand, so that "
        + "they do not speak of the same tensors.",
        "Observe all shards again with the same options and versions.");

    internal static readonly Diagnostic StatisticsLackTensor = new("QF0236", DiagnosticKind.BadInput,
        "The statistics lack a tensor",
        "With these options the quantization needs the range of a tensor that was not observed.",
        "Give quantfn calibrate the same options as quantfn quantize, or the samples beside the statistics with --calibration.");

    internal static readonly Diagnostic StatisticsTooLarge = new("QF0237", DiagnosticKind.BadInput,
        "A file that is too large for statistics",
        "Statistics do not grow with the samples, and no model has as many tensors as the file could hold.",
        "Name a file that quantfn calibrate wrote.");

    internal static readonly Diagnostic NothingMeasured = new("QF0942", DiagnosticKind.Warning,
        "Without samples nothing is measured",
        "The result was made of statistics alone. What is chosen by running networks on samples was left out: ranges by measurement, "
        + "corrected biases, and the comparison of the result with the float model.",
        "Give the samples beside the statistics with --calibration.");

    internal static readonly Diagnostic StatisticsNotUsed = new("QF0943", DiagnosticKind.Warning,
        "The statistics were not used",
        "They were observed with other options, so that other tensors are in them. The samples beside them were observed again.",
        "Give quantfn calibrate the same options as quantfn quantize.");

    internal static readonly Diagnostic StatisticsOfSeveralProcessors = new("QF0944", DiagnosticKind.Warning,
        "Statistics of different processors",
        "Float kernels differ in the last bits between kinds of processors, so that a run on one of them alone would give slightly "
        + "other ranges, means and counts.",
        "Nothing, where the same bytes need not come out on one machine; else observe all shards on one kind.");

    internal static readonly Diagnostic NoCalibration = new("QF0617", DiagnosticKind.BadInput,
        "Nothing to calibrate with",
        "The ranges of activations come from samples, from statistics of samples or from a recipe, and none of them is given.",
        "Give samples with --calibration, statistics with --statistics, both, or a recipe with --recipe.");
}

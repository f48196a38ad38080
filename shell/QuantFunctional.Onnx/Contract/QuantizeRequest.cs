using Microsoft.Extensions.Logging;

namespace QuantFunctional.Onnx;

/// <summary>What to quantize, with which data, and how.</summary>
public sealed record QuantizeRequest
{
    /// <summary>The float model: the path of an ONNX file, or the model in memory. It is never modified.</summary>
    public required ModelSource Model { get; init; }

    /// <summary>
    /// Samples of the model's inputs: the path of an npy or npz file or of a folder of such files, or samples from memory, and how
    /// they are fed. Null where <see cref="Statistics"/> or a <see cref="Recipe"/> stand alone: nothing is measured then.
    /// </summary>
    public SampleData? Calibration { get; init; }

    /// <summary>
    /// What all samples showed, in the place of running them. With the samples beside them the result has the same bytes as from the
    /// samples alone. Null where the samples are run.
    /// </summary>
    public CalibrationStatistics? Statistics { get; init; }

    /// <summary>
    /// Every choice as an earlier quantization made it, in the place of samples: the same bytes without data. What it decides must not be
    /// said beside it; samples beside it only check the result. Null where choices are made.
    /// </summary>
    public QuantizationRecipe? Recipe { get; init; }

    /// <summary>
    /// Where the recipe of this quantization goes as JSON, of which the same result can be made without data, with arrays in a .npz file
    /// beside it; none is written where null.
    /// </summary>
    public string? RecipePath { get; init; }

    /// <summary>
    /// Where the quantized model goes. Where null, <c>MODEL.int8.onnx</c>, or <c>MODEL.int16.onnx</c> for the 16-bit
    /// precisions, beside the float model's file; of a model in memory, only <see cref="QuantizationReport.QuantizedModel"/>.
    /// </summary>
    public string? OutputPath { get; init; }

    /// <summary>Whether files that exist may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>What is to load the file, besides ONNX Runtime; <see cref="TargetEngine.OnnxRuntime"/> alone unless stated.</summary>
    public TargetEngine For { get; init; }

    /// <summary>
    /// Whether the weights go to a file of their own, <c>OUTPUT.data</c> beside the model. It is done in any case where they exceed
    /// 1.5 GB.
    /// </summary>
    public bool ExternalData { get; init; }

    /// <summary>
    /// Where every layer's plan goes as JSON, its integer weights into a .npz file beside it; none is written where null.
    /// </summary>
    public string? PlanPath { get; init; }

    /// <summary>
    /// Where a report for people goes, with the error budget, which is measured for it; none is written where null. The package
    /// QuantFunctional.Report makes one.
    /// </summary>
    public ReportFile? Report { get; init; }

    /// <summary>
    /// The precision of the layers; <see cref="Precision.TfliteInt8"/> unless stated. The 16-bit ones mean int16 for every
    /// activation, for which ONNX Runtime has no integer kernels: it runs the layers in float between the conversions. Their
    /// biases are corrected for the mean error of the weights.
    /// </summary>
    public Precision Precision { get; init; } = Precision.TfliteInt8;

    /// <summary>
    /// The target that the layers are planned for. Where null, ONNX Runtime for the 8-bit precisions, else the reference
    /// arithmetic.
    /// </summary>
    public BackendProfile? Profile { get; init; }

    /// <summary>One weight scale per output channel (the default), or one per layer.</summary>
    public bool PerChannel { get; init; } = true;

    /// <summary>Whether activations have the zero point 0; false unless stated.</summary>
    public bool SymmetricActivations { get; init; }

    /// <summary>How much is measured for the sake of accuracy; <see cref="QuantizationPreset.Balanced"/> unless stated.</summary>
    public QuantizationPreset Preset { get; init; } = QuantizationPreset.Balanced;

    /// <summary>
    /// How the range of every activation is chosen. Where null, <see cref="RangeMethod.Auto"/>, which means the extremes for the
    /// 16-bit precisions; with <see cref="QuantizationPreset.Fast"/> the extremes.
    /// </summary>
    public RangeMethod? Ranges { get; init; }

    /// <summary>
    /// Whether element-wise operators on one tensor are rounded once for all of them (true unless stated), or each by itself.
    /// </summary>
    public bool RoundChains { get; init; } = true;

    /// <summary>
    /// Whether every ConvTranspose stays in float. False unless stated: it is written as the Conv that it is, since ONNX Runtime
    /// has no integer kernel for it.
    /// </summary>
    public bool KeepTransposed { get; init; }

    /// <summary>
    /// Nodes to leave in float, by name or by first output, or by a pattern of these: <c>*</c> stands for any letters, <c>?</c>
    /// for one, as in <c>decoder/*</c>. What is no name itself may be several with commas between them.
    /// </summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Operators to leave in float wherever they occur, such as <c>Softmax</c>.</summary>
    public IReadOnlyList<string> ExcludeTypes { get; init; } = [];

    /// <summary>Calibration samples to leave out, by index from 0.</summary>
    public IReadOnlyList<long> SkipSamples { get; init; } = [];

    /// <summary>
    /// Samples, as for the calibration, to compare the result with the float model on before it is written; an array
    /// <c>labels</c> beside them holds their classes. Nothing is compared where null.
    /// </summary>
    public SampleData? Comparison { get; init; }

    /// <summary>
    /// Whether the result is compared with the float model on up to 32 of the calibration samples before it is written, and
    /// warned of where an output, or a part of one, is mostly rounding. True unless stated.
    /// </summary>
    public bool Check { get; init; } = true;

    /// <summary>
    /// The least SQNR, in decibels, that every output must have in that check; below it nothing is written. Nothing is
    /// required where null.
    /// </summary>
    public double? RequiredSqnrDb { get; init; }

    /// <summary>
    /// The least share, 0 to 1, of arg maxima of every output that must be those of the float model in that check; below it
    /// nothing is written. Nothing is required where null.
    /// </summary>
    public double? RequiredAgreement { get; init; }

    /// <summary>
    /// How near the result is to be to the float model; a search leaves as few multiply-adds in float as that takes. Where it cannot be
    /// reached, the best that was found is written, and <see cref="TargetReport.IsMet"/> says so. Nothing is searched for where null.
    /// </summary>
    public QuantizationTarget? Target { get; init; }

    /// <summary>
    /// Told where the work stands (information), each layer and each node that stays in float (debug), and every warning;
    /// nobody where null.
    /// </summary>
    public ILogger? Logger { get; init; }

    internal RangeMethod RangesOrDefault => Ranges ?? (Preset == QuantizationPreset.Fast ? RangeMethod.MinMax : RangeMethod.Auto);

    /// <summary>Whether only the error budget is wanted, and nothing is written.</summary>
    internal bool IsMeasuredAlone { get; init; }

    /// <summary>Where the evaluations of a search are kept; null where nothing is.</summary>
    internal string? WorkFolder => Target is null ? null : Target.WorkFolder ?? (ResultPath is { } result ? result + ".work" : null);

    internal string? ResultPath => IsMeasuredAlone ? null : OutputPath
        ?? (Model.Path is { } path ? Path.ChangeExtension(path, $".{Precision.OutputType.Name}.onnx") : null);
}

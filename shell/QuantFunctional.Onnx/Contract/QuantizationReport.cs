using System.Text.Json.Serialization;
using QuantFunctional.Documents;

namespace QuantFunctional.Onnx;

/// <summary>What a quantization did.</summary>
/// <param name="OutputPath">The quantized model, or the folder with it where the float model was one; null where none was written.</param>
/// <param name="PlanPath">The plan document, where one was asked for.</param>
/// <param name="Layers">The layers in the order of the data; empty where the weights alone were quantized.</param>
/// <param name="WeightOnlyLayers">The products of which the weights alone were quantized.</param>
/// <param name="Operators">
/// The operators of the quantized model as ONNX Runtime runs it, after its own (extended) optimization.
/// </param>
/// <param name="LeftInFloat">The nodes that stay in float, each with the reason.</param>
/// <param name="BytesBefore">The size of the float model, its external data included.</param>
/// <param name="BytesAfter">The size of the quantized model.</param>
/// <param name="Warnings">What a user should know of the model as a whole.</param>
/// <param name="Comparison">How far it is from the float model; null where nothing was compared.</param>
/// <param name="QuantizedModel">The quantized model: the file that was written, or the model in memory where none was.</param>
/// <param name="Plan">
/// The plans as objects: every layer with all that led to its integers, every tensor's encoding, every join.
/// </param>
public sealed record QuantizationReport(
    string? OutputPath,
    string? PlanPath,
    IReadOnlyList<LayerSummary> Layers,
    IReadOnlyList<WeightOnlySummary> WeightOnlyLayers,
    IReadOnlyList<OperatorCount> Operators,
    IReadOnlyList<FloatNode> LeftInFloat,
    long BytesBefore,
    long BytesAfter,
    IReadOnlyList<ReportWarning> Warnings,
    ComparisonReport? Comparison,
    [property: JsonIgnore] ModelSource QuantizedModel,
    [property: JsonIgnore] PlanDocument Plan)
{
    /// <summary>
    /// The types of real numbers, such as float16, that the float model holds and that were made float32 beforehand; its inputs
    /// and outputs keep theirs.
    /// </summary>
    public IReadOnlyList<string> Widened { get; init; } = [];

    /// <summary>
    /// The nodes whose weights were integers before, which stay as they are, bit for bit; empty unless the weights alone were quantized.
    /// </summary>
    public IReadOnlyList<QuantizedNode> QuantizedAlready { get; init; } = [];

    /// <summary>The tables whose rows the model gathers by its tokens; empty unless the weights alone were quantized.</summary>
    public IReadOnlyList<EmbeddingSummary> Embeddings { get; init; } = [];

    /// <summary>The files that were copied as they are, where the float model was a folder: their paths within it.</summary>
    public IReadOnlyList<string> CopiedFiles { get; init; } = [];

    /// <summary>The files beside the float model that hold its weights.</summary>
    internal IReadOnlyList<string> DataFiles { get; init; } = [];

    /// <summary>Every Add and Mul on 8-bit integers, in the order of the data.</summary>
    public IReadOnlyList<JoinSummary> Joins { get; init; } = [];

    /// <summary>Every ConvTranspose among the layers, which is written as a Conv, in the order of the data.</summary>
    public IReadOnlyList<TransposedSummary> Transposed { get; init; } = [];

    /// <summary>What the layers are warned of, those of one cause together, the widest spread cause first.</summary>
    public IReadOnlyList<LayerWarnings> LayerWarnings { get; init; } = [];

    /// <summary>What the model was calibrated with; null where the weights alone were quantized, or a recipe was followed.</summary>
    public CalibrationReport? Calibration { get; init; }

    /// <summary>What was chosen by measurement; null where nothing was measured.</summary>
    public MeasuredChoices? Choices { get; init; }

    /// <summary>
    /// How far the result is from the float model on up to 32 of the calibration samples; null where it was not checked.
    /// </summary>
    public ComparisonReport? Check { get; init; }

    /// <summary>What each rounding costs alone; null where no report for people was asked for, or no output holds real numbers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ErrorBudget? Budget { get; init; }

    /// <summary>The recipe that was written; null where none was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RecipePath { get; init; }

    /// <summary>The recipe that was followed; null where choices were made anew.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FollowedRecipe? Followed { get; init; }

    /// <summary>What the search for a target tried and found; null where there was no target.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TargetReport? Target { get; init; }

    /// <summary>Where the model went, how many layers became integers, and how many warnings there are.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{OutputPath ?? "in memory"}: {Layers.Count + WeightOnlyLayers.Count} layers of integers, {LeftInFloat.Count} nodes in float, ")
        + FormattableString.Invariant($"{BytesBefore} -> {BytesAfter} bytes, {Warnings.Count + LayerWarnings.Count} warnings");

    /// <summary>On which processors the written model's integers hold, and where they end before an output, as a sentence.</summary>
    public required string Holds { get; init; }

    /// <summary>From which release of ONNX Runtime on the written model can be used.</summary>
    public required OldestRelease OldestRelease { get; init; }
}

/// <summary>What some layers have in common that a user should know.</summary>
/// <param name="Code">The code of the cause, such as QF0921.</param>
/// <param name="Cause">What it is.</param>
/// <param name="Remedy">What can be done.</param>
/// <param name="Layers">The layers, those with the most channels of the kind first.</param>
/// <param name="Channels">How many channels it is about in all; 0 where it is about whole layers.</param>
public sealed record LayerWarnings(string Code, string Cause, string Remedy, IReadOnlyList<string> Layers, int Channels);

/// <summary>The output step of an Add or Mul in short.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Raise">
/// By how many 2^−15 of itself the step is raised, so that every arithmetic of the target makes the same integers.
/// </param>
/// <param name="StepBefore">The step that the observed range asks for.</param>
/// <param name="StepAfter">The step that the file holds.</param>
public sealed record JoinSummary(string Name, string Operator, int Raise, double StepBefore, double StepAfter);

/// <summary>One layer's plan in short.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Precision">The precision that was used.</param>
/// <param name="Channels">The number of output channels.</param>
/// <param name="ShiftMin">The smallest right shift of the requantization.</param>
/// <param name="ShiftMax">The largest right shift of the requantization.</param>
/// <param name="BitsGivenUp">The most bits of weight precision that a channel gave up.</param>
/// <param name="StepGrowthMean">How many times as large the steps of the weights grew so that no two neighbouring products leave
/// 16 bits, on average over the channels; 1 where none had to.</param>
/// <param name="StepGrowthMost">The same of the channel whose step grew most.</param>
/// <param name="Retries">How often planning started again.</param>
/// <param name="Warnings">What a user should know of the layer.</param>
public sealed record LayerSummary(
    string Name,
    string Operator,
    [property: WrittenAsName] Precision Precision,
    int Channels,
    int ShiftMin,
    int ShiftMax,
    int BitsGivenUp,
    double StepGrowthMean,
    double StepGrowthMost,
    int Retries,
    IReadOnlyList<ReportWarning> Warnings);

/// <summary>The plan of one product's weights in short.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Weights">The type of the integer weights: int8, int4 or uint4.</param>
/// <param name="BlockSize">How many neighbouring inputs of a channel share a step; null where all of them do.</param>
/// <param name="Inputs">The number of inputs of each output channel.</param>
/// <param name="Channels">The number of output channels.</param>
/// <param name="SqnrDb">The power of the real weights over that of their rounding, in decibels; infinite where none was.</param>
/// <param name="Warnings">What a user should know of the layer.</param>
public sealed record WeightOnlySummary(
    string Name,
    string Operator,
    string Weights,
    int? BlockSize,
    int Inputs,
    int Channels,
    double SqnrDb,
    IReadOnlyList<ReportWarning> Warnings)
{
    /// <summary>
    /// The squared error of what the product gives for the calibration samples, as a share of the error where each weight has its
    /// nearest integer. Null where that is so: without samples, or where they do not show enough.
    /// </summary>
    public double? ErrorShare { get; init; }

    /// <summary>Why the product has 8 bits among products of 4: what it is, or what was measured of it. Null where it is as was asked for all.</summary>
    public string? EightBitBecause { get; init; }

    /// <summary>What the weights take in the file, their steps included; a table that an embedding shares counts there, too.</summary>
    public long Bytes { get; init; }
}

/// <summary>How often an operator occurs.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Count">How many nodes have it.</param>
/// <param name="Kind">What they work on.</param>
public sealed record OperatorCount(string Operator, int Count, OperatorKind Kind);

/// <summary>What an operator works on.</summary>
public enum OperatorKind
{
    /// <summary>Integers that stand for real numbers.</summary>
    Integer,

    /// <summary>Real numbers.</summary>
    Float,

    /// <summary>From real numbers to integers or back.</summary>
    Conversion,

    /// <summary>Shapes, indices and other integers that are no real numbers.</summary>
    Other,
}

/// <summary>A node that stays in float.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Reason">Why.</param>
public sealed record FloatNode(string Name, string Operator, string Reason)
{
    /// <summary>Whether it multiplies by weights.</summary>
    internal bool IsLayer => Operator is "Conv" or "ConvTranspose" or "Gemm" or "MatMul";
}

using System.Text.Json.Serialization;

namespace QuantFunctional.Onnx;

/// <summary>How far a quantized model is from its float model on a set of samples.</summary>
/// <param name="Samples">Samples that both models ran on.</param>
/// <param name="FloatTop1">
/// Fraction of samples that the float model classifies as labelled; null without labels.
/// </param>
/// <param name="QuantizedTop1">The same of the quantized model.</param>
/// <param name="Agreement">
/// Fraction of arg maxima of the first output that are the same in both models. Axes of length 1 do not count: what is
/// left of [N, C] has one arg max for each sample, what is left of [N, A, C] one for each position along the last axis.
/// The first of equal values wins.
/// </param>
/// <param name="Outputs">The outputs in the float model's order.</param>
/// <param name="Engine">Where it was asked for: the quantized model on integers against ONNX Runtime.</param>
/// <param name="Processors">
/// Where it was asked for: the quantized model on integers as each kind of processor computes them. The report's own figures
/// are those of the first one then, and ONNX Runtime does not run it.
/// </param>
public sealed record ComparisonReport(
    long Samples,
    double? FloatTop1,
    double? QuantizedTop1,
    double Agreement,
    IReadOnlyList<OutputComparison> Outputs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EngineComparison? Engine = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ProcessorComparison>? Processors = null)
{
    /// <summary>What a user should know: of the data, and of processors that disagree on the model where none was asked for.</summary>
    public IReadOnlyList<ReportWarning> Warnings { get; init; } = [];

    /// <summary>
    /// What tells the samples from others: SHA-256, in hexadecimal, over each input's name and the SHA-256 of what it was fed with,
    /// sample after sample, without what fills up a last batch. Null for the check that follows a quantization.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Digest { get; init; }

    /// <summary>Where it was measured: how long both models take. Null where it was not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LatencyComparison>? Latencies { get; init; }

    /// <summary>The same report with how long both models take.</summary>
    public ComparisonReport WithLatencies(IReadOnlyList<LatencyComparison> latencies) => this with { Latencies = latencies };
}

/// <summary>
/// How far one output of a quantized model is from the float model's, over all elements of all samples.
/// </summary>
/// <param name="Name">The output's name.</param>
/// <param name="SqnrDb">
/// 10·log10(Σ f² / Σ (f − q)²) in decibels: positive infinity when both are equal everywhere, negative infinity when
/// only the float output is zero everywhere. JSON has no infinity: there it is <c>null</c>, and <see
/// cref="MaxAbsError"/> is 0 in the first case only.
/// </param>
/// <param name="Cosine">
/// Σ f·q / √(Σ f² · Σ q²); 1 when both outputs are zero everywhere, 0 when only one is.
/// </param>
/// <param name="MaxAbsError">The largest │f − q│.</param>
public sealed record OutputComparison(
    string Name,
    [property: FiniteOrNull] double SqnrDb,
    double Cosine,
    double MaxAbsError)
{
    /// <summary>Whether the float model's values are the same everywhere, so that a ratio to their power says little.</summary>
    public bool IsConstant { get; init; }

    /// <summary>The fraction of arg maxima of this output that are the same in both models, counted as the report's own.</summary>
    public double Agreement { get; init; } = 1;

    /// <summary>Whether the output's type is that of whole numbers or truth values, such as classes, whose distances mean nothing.</summary>
    public bool AreWholeNumbers { get; init; }

    /// <summary>The fraction of elements that are equal in both models, which is what counts of whole numbers.</summary>
    public double Equal { get; init; } = 1;

    /// <summary>
    /// How far it is for each index of one axis, where one output joins unlike things: of the axis behind the batch or the last one,
    /// whichever has the worse worst index. Null where the output has no such axis.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OutputParts? Parts { get; init; }
}

/// <summary>How far an output is from the float model's at each index of an axis.</summary>
/// <param name="Axis">The axis, counted from 0; null where every axis is left out.</param>
/// <param name="WorstFirst">All indices of it, the worst one first, and last those where the float values never change.</param>
/// <param name="AxesLeftOut">The axes that were not looked at, since they have more than 4,096 indices.</param>
public sealed record OutputParts(int? Axis, IReadOnlyList<PartComparison> WorstFirst, IReadOnlyList<int> AxesLeftOut);

/// <summary>How far one part of an output is from the float model's, over all its elements of all samples.</summary>
/// <param name="Index">The index of the axis.</param>
/// <param name="SqnrDb">As of an output.</param>
/// <param name="Cosine">As of an output.</param>
/// <param name="IsConstant">Whether the float model's values are the same everywhere in this part.</param>
public sealed record PartComparison(
    int Index,
    [property: FiniteOrNull] double SqnrDb,
    double Cosine,
    bool IsConstant);

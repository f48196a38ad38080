using System.Text.Json.Serialization;

namespace QuantFunctional.Onnx;

/// <summary>What a repair changed, and what it costs.</summary>
/// <param name="ModelPath">The model.</param>
/// <param name="OutputPath">The repaired model; null where there was nothing to repair, or nothing was written.</param>
/// <param name="Profile">The name of the target.</param>
/// <param name="LayersLookedAt">How many layers on integers the model has.</param>
/// <param name="Layers">The layers of which weights or biases were changed, in the order of the data.</param>
/// <param name="Joins">The sums and products between the layers whose step was raised, in the order of the data.</param>
/// <param name="NotUnderstood">The nodes that multiply by weights and could not be looked at, each with the reason.</param>
/// <param name="Warnings">What a user should know of the model as a whole.</param>
/// <param name="Holds">Where the integers hold now, as a sentence.</param>
/// <param name="Before">
/// How far the model was from its float model, as ONNX Runtime runs it on this machine and, as its engine, as its integers
/// are meant; null where nothing was compared.
/// </param>
/// <param name="After">How far the repaired model is.</param>
public sealed record RepairReport(
    string ModelPath,
    string? OutputPath,
    string Profile,
    int LayersLookedAt,
    IReadOnlyList<RepairedLayer> Layers,
    IReadOnlyList<RepairedJoin> Joins,
    IReadOnlyList<FloatNode> NotUnderstood,
    IReadOnlyList<ReportWarning> Warnings,
    string Holds,
    ComparisonReport? Before = null,
    ComparisonReport? After = null)
{
    /// <summary>
    /// The layers that ONNX Runtime runs in float and now runs on integers, in the order of the data: those that training with
    /// quantization had left in parts, and those that a Flatten keeps from their DequantizeLinear.
    /// </summary>
    public IReadOnlyList<FoldedLayer> Folded { get; init; } = [];

    /// <summary>How many steps and zero points of shape [1] were made scalars, since ONNX Runtime refuses the model with them.</summary>
    public int ReshapedSteps { get; init; }

    /// <summary>
    /// The repaired model: the file that was written, or the model in memory where none was; null where there was nothing to
    /// repair.
    /// </summary>
    [JsonIgnore]
    public ModelSource? RepairedModel { get; init; }
}

/// <summary>A layer that runs on integers since what scaled and shifted its channels is part of it.</summary>
/// <param name="Name">The node's name, else what its first output was called.</param>
/// <param name="Operator">Conv or Gemm.</param>
/// <param name="Operators">
/// What stood behind it and is gone, in order; empty where it got a pair of the same step at its input alone, and an int32 bias.
/// </param>
public sealed record FoldedLayer(string Name, string Operator, IReadOnlyList<string> Operators);

/// <summary>What was changed in a layer.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Channels">How many output channels it has.</param>
/// <param name="Changed">The output channels whose weights were changed, counted from 0.</param>
/// <param name="Pairs">How many of them had neighbouring products that can leave 16 bits.</param>
/// <param name="Sums">How many had a sum or a bias that the accumulator does not hold.</param>
/// <param name="LargestGrowth">By what factor a step of the weights has grown at most; 1 where none has.</param>
/// <param name="MeanGrowth">The mean factor over the changed channels; 1 where there are none.</param>
/// <param name="SqnrDb">
/// The power of the old weights over that of what changed in them, in decibels, over the whole layer; null where nothing
/// changed.
/// </param>
/// <param name="Biases">How many integer biases follow: those of changed channels, and all where the input's step was raised.</param>
public sealed record RepairedLayer(
    string Name,
    string Operator,
    int Channels,
    IReadOnlyList<int> Changed,
    int Pairs,
    int Sums,
    double LargestGrowth,
    double MeanGrowth,
    double? SqnrDb,
    int Biases);

/// <summary>A sum or product of two tensors whose step was raised.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">Add or Mul.</param>
/// <param name="Raise">By how many parts of 2^15 the step of its output has grown.</param>
/// <param name="StepBefore">The real units per step before.</param>
/// <param name="StepAfter">And after.</param>
public sealed record RepairedJoin(string Name, string Operator, int Raise, float StepBefore, float StepAfter);

using Microsoft.Extensions.Logging;

namespace QuantFunctional.Onnx;

/// <summary>What to quantize where only the weights of products become integers; no data is needed for that, and some makes it better.</summary>
public sealed record QuantizeWeightsRequest
{
    /// <summary>
    /// The float model: the path of an ONNX file, the model in memory, or the path of a folder with <c>genai_config.json</c>, as ONNX
    /// Runtime GenAI runs it. It is never modified.
    /// </summary>
    public required ModelSource Model { get; init; }

    /// <summary>
    /// Where the quantized model goes. Where null, <c>MODEL.w8.onnx</c> for int8 weights and <c>MODEL.w4.onnx</c> for int4
    /// ones, beside the float model's file; of a folder, a folder <c>FOLDER.w8</c> or <c>FOLDER.w4</c> beside it with all that it has; of a
    /// model in memory, only <see cref="QuantizationReport.QuantizedModel"/>.
    /// </summary>
    public string? OutputPath { get; init; }

    /// <summary>Whether files that exist may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Whether the weights go to a file of their own, <c>OUTPUT.data</c> beside the model. It is done in any case where they exceed
    /// 1.5 GB, where the float model is a folder, and where an embedding and a product share a table.
    /// </summary>
    public bool ExternalData { get; init; }

    /// <summary>Where every layer's plan goes as JSON; none is written where null.</summary>
    public string? PlanPath { get; init; }

    /// <summary>The type of the integer weights; <see cref="WeightType.Int8"/> unless stated.</summary>
    public WeightType Type { get; init; } = WeightType.Int8;

    /// <summary>
    /// Whether int4 weights are written as uint4, 0 to 15, with a zero point for each block: the range from the lowest to the highest
    /// weight has all of the integers. Refused with int8.
    /// </summary>
    public bool ZeroPoints { get; init; }

    /// <summary>
    /// Products that get int8 weights, in blocks as large as those of the rest, where <see cref="Type"/> is int4. <c>head</c>: those whose
    /// result is an output of the model. <c>sensitive</c>: these, the products that make the values of an attention, and those that
    /// end a feed-forward part; with <see cref="Calibration"/> also those whose outputs lose most. All else are nodes, as
    /// <see cref="Exclude"/> takes them.
    /// </summary>
    public IReadOnlyList<string> KeepEightBit { get; init; } = [];

    /// <summary>
    /// How many neighbouring inputs of an output channel share a step: 16, 32, 64, 128 or 256, the block sizes that ONNX
    /// Runtime's kernel runs. Where null, all inputs of a channel share one for int8 weights, which every release of ONNX
    /// Runtime loads that loads the float model, and 32 do for int4 ones; blocks and int4 need ONNX Runtime 1.19.
    /// </summary>
    public int? BlockSize { get; init; }

    /// <summary>
    /// The type of the table whose rows are gathered by tokens; null leaves it in float. <see cref="WeightType.Int8"/> unless stated,
    /// in blocks of <see cref="BlockSize"/>, else of 32, and with a step for each row where neither products nor operators have
    /// blocks. A product that multiplies by the same table, as a head may, has the same integers, which the file of weights
    /// beside the model holds once.
    /// <see cref="WeightType.Int4"/> needs a model with operators of ONNX Runtime's own.
    /// </summary>
    public WeightType? Embedding { get; init; } = WeightType.Int8;

    /// <summary>
    /// Nodes to leave in float, by name or by first output, or by a pattern of these: <c>*</c> stands for any letters, <c>?</c>
    /// for one, as in <c>decoder/*</c>. What is no name itself may be several with commas between them.
    /// </summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Operators to leave in float wherever they occur, such as <c>Softmax</c>.</summary>
    public IReadOnlyList<string> ExcludeTypes { get; init; } = [];

    /// <summary>
    /// Samples by which weights are rounded, so that their errors cancel in what the products give, and on which the result is
    /// checked, as a quantization with activations does with those that it was calibrated with. Where null, each weight has its
    /// nearest integer, nothing is checked, and no session of ONNX Runtime holds the weights of a model above 1.5 GB.
    /// </summary>
    public SampleData? Calibration { get; init; }

    /// <summary>
    /// Samples to compare the result with the float model on before it is written; an array <c>labels</c> beside them holds
    /// their classes. Nothing is compared where null.
    /// </summary>
    public SampleData? Comparison { get; init; }

    /// <summary>
    /// Told where the work stands (information), each layer and each node that stays in float (debug), and every warning;
    /// nobody where null.
    /// </summary>
    public ILogger? Logger { get; init; }

    /// <summary>Where the model is in the end, when the folder that it is written into is moved.</summary>
    internal string? Placed { get; init; }

    /// <summary>The type of the integers with or without zero points.</summary>
    internal WeightType Integers => Type == WeightType.Int4 && ZeroPoints ? WeightType.UInt4 : Type;

    internal WeightGranularity Granularity => (BlockSize ?? (Type.Bits == 4 ? 32 : null)) is { } size
        ? WeightGranularity.NewPerGroup(size)
        : WeightGranularity.PerChannel;

    internal string? ResultPath => OutputPath
        ?? (Model.Path is { } path ? Path.ChangeExtension(path, FormattableString.Invariant($".w{Type.Bits}.onnx")) : null);
}

using System.ComponentModel;

namespace QuantFunctional.Onnx;

/// <summary>A statistics file as its JSON stands. Optional fields are left out where they are null.</summary>
internal sealed record StatisticsJson
{
    internal const string FormatName = "quantfunctional-statistics";
    internal const int CurrentVersion = 1;

    [Description("What this file is.")]
    public required string Format { get; init; }

    [Description("The version of the format.")]
    public required int Version { get; init; }

    [Description("The SHA-256 of the float model's tensors and operators, in hexadecimal.")]
    public required string Model { get; init; }

    [Description("The SHA-256 of the operators and shapes of the model that was observed: the float model after folding.")]
    public required string Prepared { get; init; }

    [Description("The version of ONNX Runtime that ran the model.")]
    public required string OnnxRuntime { get; init; }

    [Description("The kinds of processors on which it ran, in order: float kernels differ by them in the last bits.")]
    public required IReadOnlyList<string> Processors { get; init; }

    [Description("The options that say what is observed, in order, as the command line says them.")]
    public required IReadOnlyList<string> Options { get; init; }

    [Description("The samples as a whole, of which these may be a part.")]
    public required StatisticsDataJson Data { get; init; }

    [Description("The parts of the samples that were observed, in order; one of one where it is all.")]
    public required IReadOnlyList<ShardJson> Shards { get; init; }

    [Description("What these parts showed.")]
    public required ObservedJson Observed { get; init; }
}

/// <summary>Samples as a whole.</summary>
internal sealed record StatisticsDataJson(
    [property: Description("How many samples there are.")] long Samples,
    [property: Description("The indices, from 0 and in order, of those that are left out.")] IReadOnlyList<long> Skipped,
    [property: Description("How many run at once.")] int Batch,
    [property: Description("What each input of the model is fed with, in the model's order.")] IReadOnlyList<FedInputJson> Inputs);

/// <summary>What an input is fed with.</summary>
internal sealed record FedInputJson(
    [property: Description("The input's name.")] string Name,
    [property: Description("The type of its elements.")] string Type,
    [property: Description("The sizes of its axes, -1 where samples differ; absent where they differ in the number of axes.")]
    IReadOnlyList<long>? Sizes = null);

/// <summary>Part index of count: the samples whose index, from 0, leaves the rest index - 1 when it is divided by count.</summary>
internal sealed record ShardJson(
    [property: Description("Which part, from 1.")] int Index,
    [property: Description("How many parts there are.")] int Count);

/// <summary>What samples showed of a float model.</summary>
internal sealed record ObservedJson(
    [property: Description("How many samples.")] long Samples,
    [property: Description("The sum modulo 2^256 of each sample's SHA-256, in hexadecimal.")] string Digest,
    [property: Description("The model's inputs in its order.")] IReadOnlyList<InputJson> Inputs,
    [property: Description("The observed tensors, by name.")] IReadOnlyList<ObservedTensorJson> Tensors,
    [property: Description("The tensors that a Softmax reads, by name.")] IReadOnlyList<RowsJson> Rows,
    [property: Description("The results of Softmax nodes, by name.")] IReadOnlyList<ProbabilitiesJson> Probabilities,
    [property: Description("The inputs of layers with a bias, by the layer's output.")] IReadOnlyList<LayerInputJson> LayerInputs);

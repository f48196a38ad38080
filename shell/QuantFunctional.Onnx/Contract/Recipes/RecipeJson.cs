using System.ComponentModel;
using QuantFunctional.Documents.Json;

namespace QuantFunctional.Onnx;

/// <summary>A recipe as its JSON stands. Optional fields are left out where they are null.</summary>
internal sealed record RecipeJson
{
    internal const string FormatName = "quantfunctional-recipe";
    internal const int CurrentVersion = 1;

    [Description("What this file is.")]
    public required string Format { get; init; }

    [Description("The version of the format.")]
    public required int Version { get; init; }

    [Description("The version of the tool that wrote it; the same bytes are promised for the same one.")]
    public required string Tool { get; init; }

    [Description("The float model.")]
    public required RecipeModelJson Model { get; init; }

    [Description("The SHA-256 of the quantized model's tensors and operators, in hexadecimal.")]
    public required string Quantized { get; init; }

    [Description("The samples that the choices were made on.")]
    public required RecipeDataJson Data { get; init; }

    [Description("What made the choices; nothing hangs on it any more.")]
    public required RecipeMakerJson ChosenBy { get; init; }

    [Description("The .npz file in the same folder that holds arrays; absent where there is none.")]
    public RecipeArraysJson? Arrays { get; init; }

    [Description("The options that decide the result beside what was chosen.")]
    public required RecipeOptionsJson Options { get; init; }

    [Description("What the samples showed of the tensors whose ranges are asked for, by name.")]
    public required IReadOnlyList<SeenTensorJson> Tensors { get; init; }

    [Description("The tensors that a Softmax reads, by name.")]
    public required IReadOnlyList<SeenRowsJson> Rows { get; init; }

    [Description("The nodes that stay in float before anything else is chosen: by the user, or because of their values.")]
    public required IReadOnlyList<KeptNodeJson> Apart { get; init; }

    [Description("The Concats of which narrow parts are multiplied by powers of two, which their readers' weights take back.")]
    public required IReadOnlyList<RaisedJoinJson> RaisedJoins { get; init; }

    [Description("The channels that are multiplied by powers of two after that, with all that are tied to them; what reads them takes it back.")]
    public required IReadOnlyList<ChannelFactorsJson> ChannelFactors { get; init; }

    [Description("The channels that come in another order, with all that are tied to them.")]
    public required IReadOnlyList<ChannelOrderJson> ChannelOrders { get; init; }

    [Description("The nodes that stay in float after that: since they cannot be planned, or to meet a target.")]
    public required IReadOnlyList<KeptNodeJson> LeftInFloat { get; init; }

    [Description("The range of each encoding, by the tensor that stands for those which share it.")]
    public required IReadOnlyList<ChosenRangeJson> Ranges { get; init; }

    [Description("The layers whose biases are corrected for the mean error of their weights, by output.")]
    public required IReadOnlyList<CorrectedBiasJson> Biases { get; init; }

    [Description("The layers whose weights are not the nearest integers, by output.")]
    public required IReadOnlyList<WeightRoundingJson> Roundings { get; init; }
}

/// <summary>A float model.</summary>
internal sealed record RecipeModelJson(
    [property: Description("Its file's name, without folders.")] string File,
    [property: Description("The SHA-256 of its tensors and operators, in hexadecimal.")] string Sha256);

/// <summary>Samples.</summary>
internal sealed record RecipeDataJson(
    [property: Description("How many there were.")] long Samples,
    [property: Description("What tells them from others, in hexadecimal.")] string Sha256);

/// <summary>What made the choices of a recipe.</summary>
internal sealed record RecipeMakerJson(
    [property: Description("How much was measured.")] string Preset,
    [property: Description("How ranges were chosen.")] string Ranges,
    [property: Description("The target that was searched for; absent where there was none.")] string? Target = null);

/// <summary>A file of arrays.</summary>
internal sealed record RecipeArraysJson(
    [property: Description("Its name.")] string File,
    [property: Description("Its SHA-256, in hexadecimal.")] string Sha256);

/// <summary>The options of a quantization that a recipe holds.</summary>
internal sealed record RecipeOptionsJson
{
    [Description("How a layer computes its output.")]
    public required string Precision { get; init; }

    [Description("Whether each output channel has a weight step of its own.")]
    public required bool PerChannel { get; init; }

    [Description("Whether activations have the zero point 0.")]
    public required bool SymmetricActivations { get; init; }

    [Description("Whether element-wise operators on one tensor are rounded once for all of them.")]
    public required bool RoundChains { get; init; }

    [Description("Whether every ConvTranspose stays in float.")]
    public required bool KeepTransposed { get; init; }

    [Description("What is to load the file.")]
    public required string For { get; init; }

    [Description("The nodes that the user leaves in float, as the command line names them.")]
    public required IReadOnlyList<string> Exclude { get; init; }

    [Description("The operators that the user leaves in float.")]
    public required IReadOnlyList<string> ExcludeTypes { get; init; }

    [Description("The target that the layers are planned for.")]
    public required ProfileJson Profile { get; init; }
}

/// <summary>What values a tensor took.</summary>
[OnOneLine]
internal sealed record SeenTensorJson(
    [property: Description("The tensor's name.")] string Name,
    [property: Description("Its smallest finite value; absent where it had none.")] double? Min = null,
    [property: Description("Its largest finite value; absent where it had none.")] double? Max = null,
    [property: Description("Whether it was positive infinity somewhere; absent where it was not.")] bool? PositiveInfinity = null,
    [property: Description("Whether it was negative infinity somewhere; absent where it was not.")] bool? NegativeInfinity = null);

/// <summary>The largest value of each row that a Softmax reads.</summary>
[OnOneLine]
internal sealed record SeenRowsJson(
    [property: Description("The tensor that it reads.")] string Tensor,
    [property: Description("The smallest of them; absent where no row was seen.")] double? Lowest = null,
    [property: Description("The smallest of those that are no mask's; absent where none is.")] double? LowestUnmasked = null);

/// <summary>A node that stays in float.</summary>
[OnOneLine]
internal sealed record KeptNodeJson(
    [property: Description("The node's name, else its first output.")] string Node,
    [property: Description("Why.")] string Reason);

/// <summary>A Concat of which parts are multiplied by powers of two.</summary>
internal sealed record RaisedJoinJson(
    [property: Description("What it joins to.")] string Output,
    [property: Description("The power of each part, 0 to 16.")] IReadOnlyList<int> Bits);

/// <summary>Channels that are multiplied by powers of two.</summary>
internal sealed record ChannelFactorsJson(
    [property: Description("The output of the first layer that makes them.")] string Output,
    [property: Description("The power for each channel, 0 to 8.")] IReadOnlyList<int> Bits);

/// <summary>Channels in another order.</summary>
internal sealed record ChannelOrderJson(
    [property: Description("The output of the first layer that makes them.")] string Output,
    [property: Description("For each place the channel, from 0, that comes to stand there.")] IReadOnlyList<int> Order);

/// <summary>The range of an encoding.</summary>
[OnOneLine]
internal sealed record ChosenRangeJson(
    [property: Description("The tensor, the first by name of those that share the encoding.")] string Tensor,
    [property: Description("The smallest value that it holds, beside 0.")] double Low,
    [property: Description("The largest value that it holds, beside 0.")] double High);

/// <summary>A layer whose bias is corrected.</summary>
[OnOneLine]
internal sealed record CorrectedBiasJson(
    [property: Description("The layer's output.")] string Output,
    [property: Description("The array, float64: the mean of each output channel in the float model, and what it is with rounded weights.")] string Array);

/// <summary>A layer whose weights are not the nearest integers.</summary>
[OnOneLine]
internal sealed record WeightRoundingJson(
    [property: Description("The layer's output.")] string Output,
    [property: Description("The array, int8: what is added to the nearest integers, in the order of the weights.")] string Array);

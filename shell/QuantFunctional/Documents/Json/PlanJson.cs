using System.ComponentModel;

namespace QuantFunctional.Documents.Json;

/// <summary>A plan document as its JSON stands. Optional fields are left out where they are null.</summary>
internal sealed record PlanJson
{
    internal const string FormatName = "quantfunctional-plan";
    internal const int CurrentVersion = 2;

    [Description("What this file is.")]
    public required string Format { get; init; }

    [Description("The version of the format.")]
    public required int Version { get; init; }

    [Description("The float model's file name; absent for plans from arrays.")]
    public string? Model { get; init; }

    [Description("The quantized model that was written with this plan; absent where none was.")]
    public QuantizedModelJson? QuantizedModel { get; init; }

    [Description("The .npz file in the same folder that holds the integer weights; absent where they stand inline.")]
    public string? Arrays { get; init; }

    [Description("The targets that the layers were planned for, each under a name of its own.")]
    public required IReadOnlyList<ProfileJson> Profiles { get; init; }

    [Description("The tensors between the layers of a model.")]
    public required IReadOnlyList<TensorJson> Tensors { get; init; }

    [Description("The layers; a model's in the order of the data.")]
    public required IReadOnlyList<LayerJson> Layers { get; init; }

    [Description("The layers of which the weights alone are integers.")]
    public required IReadOnlyList<WeightOnlyJson> WeightOnlyLayers { get; init; }

    [Description("Every Add and Mul of a model on 8-bit integers, in the order of the data.")]
    public required IReadOnlyList<JoinJson> Joins { get; init; }

    [Description("The nodes of a model that stay in float.")]
    public required IReadOnlyList<FloatNodePlan> LeftInFloat { get; init; }
}

/// <summary>The quantized model that was written with a plan.</summary>
internal sealed record QuantizedModelJson(
    [property: Description("The path to it from the folder of this file, with / between folders.")] string File,
    [property: Description("The SHA-256 of its tensors and operators, in hexadecimal.")] string Sha256);

/// <summary>How a tensor between layers is stored.</summary>
internal sealed record TensorJson(string Name, EncodingJson Encoding, RangePlan Range);

/// <summary>The output step of an Add or Mul: stepAfter = stepBefore·(1 + raise·2^−15), rounded to float32.</summary>
internal sealed record JoinJson(
    [property: Description("The node's name, else its first output.")] string Name,
    [property: Description("The node's operator.")] string Operator,
    [property: Description("By how many 2^-15 of itself the output's step is raised.")] int Raise,
    [property: Description("The step that the observed range asks for.")] double StepBefore,
    [property: Description("The step that the file holds.")] double StepAfter,
    [property: Description("The arithmetics that make the same integers of every pair of stored inputs with that step.")]
    IReadOnlyList<string> Arithmetics);

/// <summary>integer = round(real·scale) + zeroPoint; the step size is the scale's reciprocal, both exact.</summary>
internal sealed record EncodingJson(
    [property: Description("Real units per step.")] double StepSize,
    [property: Description("Steps per real unit.")] double Scale,
    [property: Description("The integer that stands for the real 0.")] int ZeroPoint,
    [property: Description("The type of the integers.")] string Type);

/// <summary>The whole numbers from Low to High.</summary>
internal sealed record IntervalJson(long Low, long High);

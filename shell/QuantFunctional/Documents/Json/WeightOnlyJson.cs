using System.ComponentModel;

namespace QuantFunctional.Documents.Json;

/// <summary>The plan of a layer of which the weights alone are integers.</summary>
internal sealed record WeightOnlyJson
{
    [Description("The node's name, else its first output.")]
    public required string Name { get; init; }

    [Description("The node's operator; absent for plans from arrays.")]
    public string? Operator { get; init; }

    [Description("The type of the integers.")]
    public required string Type { get; init; }

    [Description("Which weights share a step: all, those of an output channel, or a group of one channel.")]
    public required string Granularity { get; init; }

    [Description("How many weights of a channel make a group; absent unless per-group.")]
    public int? GroupSize { get; init; }

    [Description("What files hold a step in.")]
    public required string Steps { get; init; }

    [Description("How each step was found; absent for the smallest that clips no weight.")]
    public string? Rule { get; init; }

    [Description("What decided how the weights are rounded: second-moments of what the layer reads; absent where each has its nearest integer.")]
    public string? Rounding { get; init; }

    [Description("Real units per integer, below 0 where the lowest integer stands for the highest weight: one for the tensor, each channel, or each group of each channel.")]
    public required IReadOnlyList<double> StepSize { get; init; }

    [Description("The integer that stands for 0, one for each step; absent where the type has no zero points.")]
    public IReadOnlyList<int>? ZeroPoint { get; init; }

    [Description("What is added for each output channel: in units of its step, per-group in real units; or empty.")]
    public required IReadOnlyList<double> Bias { get; init; }

    [Description("Qw.")]
    public required WeightsJson Weights { get; init; }
}

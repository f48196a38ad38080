using System.ComponentModel;

namespace QuantFunctional.Documents.Json;

/// <summary>The plan of a layer of which the weights alone are integers.</summary>
internal sealed record WeightOnlyJson
{
    [Description("The node's name, else its first output.")]
    public required string Name { get; init; }

    [Description("The node's operator; absent for plans from arrays.")]
    public string? Operator { get; init; }

    [Description("The type of the integer weights.")]
    public required string Type { get; init; }

    [Description("Which weights share a step.")]
    public required string Granularity { get; init; }

    [Description("How many consecutive weights of a channel share a step, input channel before kernel position; "
        + "per-group only.")]
    public int? GroupSize { get; init; }

    [Description("What files hold a step in.")]
    public required string StepFormat { get; init; }

    [Description("Real units per integer: one for the tensor, one for each output channel, or one for each group of each "
        + "channel; 1 where every integer weight is 0.")]
    public required IReadOnlyList<double> Steps { get; init; }

    [Description("What is added for each output channel: in steps of the channel, before the factor; per-group in real "
        + "units. Empty where there is no bias.")]
    public required IReadOnlyList<double> Bias { get; init; }

    [Description("Qw.")]
    public required WeightsJson Weights { get; init; }
}

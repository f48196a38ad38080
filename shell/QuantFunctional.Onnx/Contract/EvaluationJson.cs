using System.ComponentModel;

namespace QuantFunctional.Onnx;

/// <summary>A file of a search's work folder as its JSON stands. Optional fields are left out where they are null.</summary>
internal sealed record EvaluationJson
{
    internal const string FormatName = "quantfunctional-evaluation";
    internal const int CurrentVersion = 1;

    [Description("What this file is.")]
    public required string Format { get; init; }

    [Description("The version of the format.")]
    public required int Version { get; init; }

    [Description("What the file's name is the SHA-256 of: model, data, recipe, and what ran them.")]
    public required IReadOnlyList<string> Key { get; init; }

    [Description("The SHA-256 of this document without its own value, in hexadecimal.")]
    public required string Sha256 { get; init; }

    [Description("The measured network, where it is one.")]
    public MeasuredJson? Measured { get; init; }

    [Description("The order in which nodes are left in float, step by step, where it is that.")]
    public IReadOnlyList<IReadOnlyList<string>>? Order { get; init; }
}

/// <summary>What was measured of a network.</summary>
internal sealed record MeasuredJson(
    [property: Description("How many multiply-adds run in integers.")] long IntegerMultiplyAdds,
    [property: Description("How many samples it was measured on.")] long Samples,
    [property: Description("The figure; absent where it is infinite, or where nothing could be measured.")] double? Reached = null,
    [property: Description("Why nothing could be measured; absent where it was.")] string? Failure = null);

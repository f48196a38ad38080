namespace QuantFunctional.Onnx;

/// <summary>Of what model, on which samples, statistics are taken.</summary>
/// <remarks>
/// The options that say what stays in float are those of <see cref="QuantizeRequest"/>, since what is observed hangs on them; give both
/// the same.
/// </remarks>
public sealed record CalibrateRequest
{
    /// <summary>The float model: the path of an ONNX file, or the model in memory. It is never modified.</summary>
    public required ModelSource Model { get; init; }

    /// <summary>All samples, also where a shard of them is observed.</summary>
    public required SampleData Data { get; init; }

    /// <summary>The part of the samples that is observed; all unless stated.</summary>
    public DataShard Shard { get; init; } = DataShard.Whole;

    /// <summary>Where the statistics go; no file is written where null.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Whether a file that exists may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Whether activations have the zero point 0; false unless stated.</summary>
    public bool SymmetricActivations { get; init; }

    /// <summary>Whether every ConvTranspose stays in float; false unless stated.</summary>
    public bool KeepTransposed { get; init; }

    /// <summary>Nodes to leave in float, as of <see cref="QuantizeRequest.Exclude"/>.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Operators to leave in float, as of <see cref="QuantizeRequest.ExcludeTypes"/>.</summary>
    public IReadOnlyList<string> ExcludeTypes { get; init; } = [];

    /// <summary>Samples to leave out, by index from 0.</summary>
    public IReadOnlyList<long> SkipSamples { get; init; } = [];
}

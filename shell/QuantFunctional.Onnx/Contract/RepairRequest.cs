namespace QuantFunctional.Onnx;

/// <summary>A quantized model to repair, for which target, and where the result goes.</summary>
public sealed record RepairRequest
{
    /// <summary>The quantized model, whoever made it. It is never modified.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Where the repaired model goes; <c>MODEL.repaired.onnx</c> beside the model where null.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Whether a file that exists may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The target on which nothing may go wrong; ONNX Runtime on every processor where null.</summary>
    public BackendProfile? Profile { get; init; }

    /// <summary>
    /// Samples on which the model before and after is compared with <see cref="FloatModelPath"/>; nothing is compared where
    /// null.
    /// </summary>
    public string? ComparisonPath { get; init; }

    /// <summary>The float model that the quantized one was made from; needed with <see cref="ComparisonPath"/>.</summary>
    public string? FloatModelPath { get; init; }

    internal string ResultPath => OutputPath ?? Path.ChangeExtension(ModelPath, ".repaired.onnx");
}

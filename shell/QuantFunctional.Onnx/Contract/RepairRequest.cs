namespace QuantFunctional.Onnx;

/// <summary>A quantized model to repair, for which target, and where the result goes.</summary>
public sealed record RepairRequest
{
    /// <summary>The quantized model, whoever made it: the path of its file, or the model in memory. It is never modified.</summary>
    public required ModelSource Model { get; init; }

    /// <summary>
    /// Where the repaired model goes. Where null, <c>MODEL.repaired.onnx</c> beside the model's file; of a model in memory, only
    /// <see cref="RepairReport.RepairedModel"/>.
    /// </summary>
    public string? OutputPath { get; init; }

    /// <summary>Whether a file that exists may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The target on which nothing may go wrong; ONNX Runtime on every processor where null.</summary>
    public BackendProfile? Profile { get; init; }

    /// <summary>
    /// Samples on which the model before and after is compared with <see cref="FloatModel"/>; nothing is compared where
    /// null.
    /// </summary>
    public SampleData? Comparison { get; init; }

    /// <summary>The float model that the quantized one was made from; needed with <see cref="Comparison"/>.</summary>
    public ModelSource? FloatModel { get; init; }

    internal string? ResultPath => OutputPath ?? (Model.Path is { } path ? Path.ChangeExtension(path, ".repaired.onnx") : null);
}

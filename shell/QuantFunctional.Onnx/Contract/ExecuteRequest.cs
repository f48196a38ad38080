using System.Text.Json.Serialization;

namespace QuantFunctional.Onnx;

/// <summary>A quantized model to run on integers, and where the results go.</summary>
public sealed record ExecuteRequest
{
    /// <summary>The quantized model: the path of its file, or the model in memory.</summary>
    public required ModelSource Model { get; init; }

    /// <summary>
    /// Samples of the model's inputs: the path of an npy or npz file or of a folder of such files, or samples from memory, and how
    /// they are fed.
    /// </summary>
    public required SampleData Input { get; init; }

    /// <summary>Where the output goes: a .npy file, or a .npz file for models with several outputs.</summary>
    public required string OutputPath { get; init; }

    /// <summary>The target whose arithmetic the layers run in; null for the usual one of the activations' width.</summary>
    public BackendProfile? Profile { get; init; }

    /// <summary>A folder that exists, where every integer tensor is written; null for none.</summary>
    public string? TracePath { get; init; }

    /// <summary>Whether existing files are replaced.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>What an execution gave.</summary>
/// <param name="Model">The model.</param>
/// <param name="Samples">How many samples ran.</param>
/// <param name="Operators">How many operators ran on integers for each sample.</param>
/// <param name="Outputs">What was made.</param>
/// <param name="Traced">How many integer tensors were written.</param>
/// <param name="Written">Where the outputs are.</param>
/// <param name="Warnings">
/// What a user should know: where ONNX Runtime runs the model otherwise, and where the profile stands for several processors
/// that disagree on the file.
/// </param>
public sealed record ExecuteReport(
    string Model,
    long Samples,
    int Operators,
    IReadOnlyList<ExecutedOutput> Outputs,
    int Traced,
    string Written,
    IReadOnlyList<ReportWarning> Warnings);

/// <summary>An output of an execution.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sizes">The sizes of its axes, samples first; −1 where samples differ, each of which is an array of its own then.</param>
/// <param name="Lowest">Its smallest element.</param>
/// <param name="Highest">Its largest element.</param>
public sealed record ExecutedOutput(string Name, IReadOnlyList<long> Sizes, double Lowest, double Highest);

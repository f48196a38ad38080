namespace QuantFunctional.Onnx;

/// <summary>A model of which the weights alone are integers, and where the real numbers go that they stand for.</summary>
public sealed record WriteWeightsRequest
{
    /// <summary>The model: its path, the folder of ONNX Runtime GenAI that it lies in, or the model in memory.</summary>
    public required ModelSource Model { get; init; }

    /// <summary>Where they go: a .npz file with an array for each product and embedding, else a folder with a .npy file for each.</summary>
    public required string OutputPath { get; init; }

    /// <summary>The one product or embedding that is written; null for all.</summary>
    public string? Layer { get; init; }

    /// <summary>Whether a file, or a folder of nothing but .npy files, is replaced.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>The real numbers that were written.</summary>
/// <param name="Model">The model.</param>
/// <param name="Weights">The arrays, in the order of the data.</param>
/// <param name="Written">The file or folder.</param>
public sealed record WrittenWeights(string Model, IReadOnlyList<WrittenWeight> Weights, string Written)
{
    /// <summary>Nodes with integer weights in a form that is not understood, each with the reason; nothing is written of them.</summary>
    public IReadOnlyList<string> NotRead { get; init; } = [];
}

/// <summary>An array of real numbers that was written.</summary>
/// <param name="Name">The product, or the node that gathers rows, and the array of an archive.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Weights">The type of the integers.</param>
/// <param name="Sizes">Inputs and outputs of a product; of an embedding its rows, and how long they are.</param>
/// <param name="File">The file in the folder; null in an archive.</param>
public sealed record WrittenWeight(string Name, string Operator, string Weights, IReadOnlyList<long> Sizes, string? File);

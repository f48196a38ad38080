
namespace QuantFunctional.Onnx;

/// <summary>What is in a model, and what of it would be quantized.</summary>
/// <param name="ModelPath">The model.</param>
/// <param name="Opset">The version of the ONNX operators that it uses.</param>
/// <param name="Bytes">Its size, external data included.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Outputs">Its outputs.</param>
/// <param name="OperatorsInFile">The operators of the file.</param>
/// <param name="IsQuantized">Whether it holds integers already, so that there is nothing to quantize in it.</param>
/// <param name="Operators">
/// What they become: after folding, by what they would work on; of a quantized model, as ONNX Runtime runs them.
/// </param>
/// <param name="Layers">What multiplies and adds, in the order of the data: whether it would be quantized, and why not.</param>
/// <param name="LeftInFloat">The nodes that would stay in float, each with the reason.</param>
public sealed record ModelInspection(
    string ModelPath,
    long Opset,
    long Bytes,
    IReadOnlyList<TensorInfo> Inputs,
    IReadOnlyList<TensorInfo> Outputs,
    IReadOnlyList<OperatorUse> OperatorsInFile,
    bool IsQuantized,
    IReadOnlyList<OperatorCount> Operators,
    IReadOnlyList<InspectedLayer> Layers,
    IReadOnlyList<FloatNode> LeftInFloat)
{
    /// <summary>From which release of ONNX Runtime on a quantized model can be used; null for a float one.</summary>
    public OldestRelease? OldestRelease { get; init; }

    /// <summary>What integers would be worth in browsers, as a sentence; null where nothing would be quantized.</summary>
    public string? InBrowsers { get; init; }
}

/// <summary>How often a file uses an operator.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Count">How many nodes have it.</param>
public sealed record OperatorUse(string Operator, int Count);

/// <summary>A node that multiplies and adds: a layer, a product of two activations, or a recurrent network.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="WeightShape">The sizes of its weights' axes; empty where it has none.</param>
/// <param name="Channels">The number of output channels; 0 where it is no layer that would be planned.</param>
/// <param name="HasBias">Whether it has a bias after folding.</param>
public sealed record InspectedLayer(
    string Name, string Operator, IReadOnlyList<long> WeightShape, int Channels, bool HasBias)
{
    /// <summary>Why it would stay in float; null where it would run on integers.</summary>
    public string? Reason { get; init; }

    /// <summary>How often it multiplies and adds for one sample; null where a size is free that is no batch.</summary>
    public long? MultiplyAdds { get; init; }
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The type of its elements.</param>
/// <param name="Dims">Its dimensions: numbers, names of free ones, "?" for unknown ones.</param>
public sealed record TensorInfo(string Name, string ElementType, IReadOnlyList<string> Dims);

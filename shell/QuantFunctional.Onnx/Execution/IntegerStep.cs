namespace QuantFunctional.Onnx.Execution;

/// <summary>One operator on integers: what it reads, what it makes, and how.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Inputs">The integer tensors that it reads.</param>
/// <param name="Output">The integer tensor that it makes.</param>
/// <param name="Run">From the inputs to the output.</param>
internal sealed record IntegerStep(
    string Name,
    string Operator,
    IReadOnlyList<string> Inputs,
    string Output,
    Func<IReadOnlyList<IntegerTensor>, IntegerTensor> Run)
{
    /// <summary>The nodes before it that it is a function with.</summary>
    internal IReadOnlyList<Format.NodeProto> Inner { get; init; } = [];
}

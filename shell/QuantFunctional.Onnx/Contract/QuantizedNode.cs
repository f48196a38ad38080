namespace QuantFunctional.Onnx;

/// <summary>A product, or a table whose rows are gathered, with weights that were integers before.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Bits">How many bits a weight has.</param>
/// <param name="BlockSize">How many neighbouring weights share a step; null where a channel or all do.</param>
public sealed record QuantizedNode(string Name, string Operator, int Bits, int? BlockSize)
{
    /// <summary>Whether ONNX Runtime can run it in MatMulNBits.</summary>
    internal bool IsProduct => Operator is "MatMul" or "Gemm" or "MatMulNBits";

    /// <summary>The node and its bits, as in a sentence.</summary>
    public override string ToString() => FormattableString.Invariant($"node {Name} ({Operator}): {Bits} bits")
        + (BlockSize is { } size ? FormattableString.Invariant($" in blocks of {size}") : "");
}

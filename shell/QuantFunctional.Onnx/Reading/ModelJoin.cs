namespace QuantFunctional.Onnx;

/// <summary>An Add or Mul of a quantized model that makes 8-bit integers of 8-bit integers.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Inputs">The integer tensors that it reads.</param>
/// <param name="Output">The integer tensor that it makes.</param>
/// <param name="Join">How they are stored, and which integers its operands can hold.</param>
public sealed record ModelJoin(
    string Name,
    string Operator,
    IReadOnlyList<string> Inputs,
    string Output,
    Join Join);

namespace QuantFunctional.Onnx.Reading;

/// <summary>The integers that stand for a real tensor.</summary>
/// <param name="Tensor">The integer tensor's name.</param>
/// <param name="Form">How they stand for it.</param>
internal sealed record Twin(string Tensor, StoredForm Form);

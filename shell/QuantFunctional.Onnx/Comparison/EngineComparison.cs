namespace QuantFunctional.Onnx;

/// <summary>How far the integer execution of a quantized model is from ONNX Runtime's, over all outputs of all samples.</summary>
/// <param name="Equal">Elements that are the same.</param>
/// <param name="Differing">Elements that are not.</param>
/// <param name="MaxSteps">The largest distance, in steps of the output's integers.</param>
/// <param name="Operators">
/// The operators that give other integers than ONNX Runtime's on the same inputs; only samples whose outputs differ are
/// looked at.
/// </param>
public sealed record EngineComparison(
    long Equal, long Differing, long MaxSteps, IReadOnlyList<OperatorDifference> Operators);

/// <summary>How far one operator is from ONNX Runtime's on the same integers.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Elements">Elements that were compared.</param>
/// <param name="Differing">Elements that are not the same.</param>
/// <param name="MaxSteps">The largest distance, in steps.</param>
public sealed record OperatorDifference(string Name, string Operator, long Elements, long Differing, long MaxSteps);


namespace QuantFunctional.Onnx;

/// <summary>How far the integer execution of a quantized model is from ONNX Runtime's, over all outputs of all samples.</summary>
/// <param name="Profile">The profile in whose arithmetic the integers ran.</param>
/// <param name="IsThisProcessor">
/// Whether that is the arithmetic of the processor at hand: then an element that differs is an error, else it tells what the
/// two processors make of the file.
/// </param>
/// <param name="Equal">Elements that are the same.</param>
/// <param name="Differing">Elements that are not.</param>
/// <param name="MaxSteps">The largest distance, in steps of the output's integers.</param>
/// <param name="Operators">
/// The operators that give other integers than ONNX Runtime's on the same inputs; only samples whose outputs differ are
/// looked at, and only where the profile is that of the processor at hand.
/// </param>
/// <param name="QuantizedTop1">Fraction of samples that the integers classify as labelled; null without labels.</param>
/// <param name="Agreement">As that of the whole report, between the float model and the integers.</param>
/// <param name="Outputs">How far the integers' outputs are from the float model's.</param>
public sealed record EngineComparison(
    string Profile,
    bool IsThisProcessor,
    long Equal,
    long Differing,
    long MaxSteps,
    IReadOnlyList<OperatorDifference> Operators,
    double? QuantizedTop1,
    double Agreement,
    IReadOnlyList<OutputComparison> Outputs);

/// <summary>How far one operator is from ONNX Runtime's on the same integers.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Elements">Elements that were compared.</param>
/// <param name="Differing">Elements that are not the same.</param>
/// <param name="MaxSteps">The largest distance, in steps.</param>
public sealed record OperatorDifference(string Name, string Operator, long Elements, long Differing, long MaxSteps);

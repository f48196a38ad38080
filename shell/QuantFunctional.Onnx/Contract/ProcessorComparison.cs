namespace QuantFunctional.Onnx;

/// <summary>What a quantized model gives on one kind of processor, by this library's own integers.</summary>
/// <param name="Processor">The processor, for readers.</param>
/// <param name="Profile">The name of its profile.</param>
/// <param name="QuantizedTop1">Fraction of samples that are classified as labelled there; null without labels.</param>
/// <param name="Agreement">As that of the whole report, between the float model and this processor.</param>
/// <param name="Outputs">How far the outputs there are from the float model's.</param>
/// <param name="Elements">Output elements in all samples.</param>
/// <param name="Differing">Those of them that are not the first processor's.</param>
/// <param name="MaxSteps">The largest distance from the first processor's, in steps of the output's integers.</param>
public sealed record ProcessorComparison(
    string Processor,
    string Profile,
    double? QuantizedTop1,
    double Agreement,
    IReadOnlyList<OutputComparison> Outputs,
    long Elements,
    long Differing,
    long MaxSteps);

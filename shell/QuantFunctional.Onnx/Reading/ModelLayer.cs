
namespace QuantFunctional.Onnx;

/// <summary>A layer of a quantized model as the integers that run, whoever chose them.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Integers">Weights, bias, multiplier and shift, zero points and ranges.</param>
/// <param name="WeightScale">The weights' steps per real unit, as the file claims them.</param>
/// <param name="BiasSteps">The real units per step of the bias as the file claims them; null without such a claim.</param>
public sealed record ModelLayer(
    string Name,
    string Operator,
    IntegerLayer Integers,
    Channelwise<double> WeightScale,
    Channelwise<double>? BiasSteps);

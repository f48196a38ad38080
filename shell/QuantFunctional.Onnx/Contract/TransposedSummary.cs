namespace QuantFunctional.Onnx;

/// <summary>A ConvTranspose that is written as the Conv that it is.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Phases">How many output places, in all directions, each input place has: for each the Conv has its own channels.</param>
/// <param name="WeightsBefore">The number of its weights.</param>
/// <param name="WeightsAfter">The number of the Conv's weights: more, where the stride does not divide the kernel.</param>
public sealed record TransposedSummary(string Name, int Phases, long WeightsBefore, long WeightsAfter);

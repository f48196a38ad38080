namespace QuantFunctional.Onnx;

/// <summary>How far a long piece of work has come.</summary>
/// <param name="Stage">What is being done, in a word or two.</param>
/// <param name="Done">Units done so far.</param>
/// <param name="Total">Units in all; 0 where it is not known.</param>
public sealed record QuantizeProgress(string Stage, long Done, long Total);

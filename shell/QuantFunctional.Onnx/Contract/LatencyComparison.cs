namespace QuantFunctional.Onnx;

/// <summary>How long both models take for one sample in ONNX Runtime, on the processor at hand.</summary>
/// <param name="Threads">Threads inside an operator; 0 for as many as ONNX Runtime takes by itself.</param>
/// <param name="Runs">Runs of each model, in turns.</param>
/// <param name="Float">The float model.</param>
/// <param name="Quantized">The quantized model.</param>
public sealed record LatencyComparison(int Threads, int Runs, Latency Float, Latency Quantized);

/// <summary>How long the runs of a model took.</summary>
/// <param name="MedianMs">Milliseconds that half of the runs stayed within.</param>
/// <param name="Percentile90Ms">Milliseconds that nine tenths of them stayed within.</param>
public sealed record Latency(double MedianMs, double Percentile90Ms);

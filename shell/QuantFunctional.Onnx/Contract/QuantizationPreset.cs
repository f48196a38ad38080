namespace QuantFunctional.Onnx;

/// <summary>How much is measured for the sake of accuracy.</summary>
public enum QuantizationPreset
{
    /// <summary>Nothing: ranges from extremes, weights rounded to the nearest integers.</summary>
    Fast,

    /// <summary>Factors and order of channels, ranges and biases, for groups of tensors and layers at once.</summary>
    Balanced,

    /// <summary>The same down to single tensors and layers, on more samples; then weights rounded by second moments.</summary>
    Best,
}

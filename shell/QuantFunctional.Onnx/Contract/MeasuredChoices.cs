namespace QuantFunctional.Onnx;

/// <summary>What was chosen because it lowers the measured error of the outputs on held-back calibration samples.</summary>
/// <param name="Narrowed">The tensors, one for each encoding, that have their least squares range.</param>
/// <param name="Ordered">The layers whose input channels are in another order.</param>
/// <param name="Corrected">The layers whose biases are corrected for the mean error of their weights.</param>
/// <param name="Rounded">The layers whose weights are rounded by second moments, and not to the nearest integers.</param>
/// <param name="Measurements">How many networks were measured.</param>
public sealed record MeasuredChoices(
    IReadOnlyList<string> Narrowed,
    IReadOnlyList<string> Ordered,
    IReadOnlyList<string> Corrected,
    IReadOnlyList<string> Rounded,
    int Measurements)
{
    /// <summary>The layers whose output channels are multiplied by powers of two, which their readers take back.</summary>
    public IReadOnlyList<string> Equalized { get; init; } = [];

    /// <summary>How many of each there are.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Equalized.Count} equalized, {Narrowed.Count} narrowed, {Ordered.Count} ordered, {Corrected.Count} corrected, {Rounded.Count} rounded, {Measurements} measurements");
}

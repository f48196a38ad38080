namespace QuantFunctional.Onnx;

/// <summary>How arrays become what a model is fed with, where the model's own shapes do not say it.</summary>
/// <param name="BatchAxes">For inputs and outputs by name: the axis along which several samples lie; null for none.</param>
/// <param name="Dimensions">The lengths of free dimensions by name.</param>
internal sealed record SampleFeed(
    IReadOnlyDictionary<string, int?> BatchAxes, IReadOnlyDictionary<string, long> Dimensions)
{
    /// <summary>The first axis is the batch, and free dimensions are as long as the samples.</summary>
    internal static SampleFeed Usual { get; } = new(new Dictionary<string, int?>(), new Dictionary<string, long>());
}

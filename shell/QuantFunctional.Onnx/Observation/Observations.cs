namespace QuantFunctional.Onnx.Observation;

/// <summary>What the rows that a Softmax turns into probabilities have for their largest values.</summary>
/// <param name="Lowest">The smallest of them; +∞ where no row was seen.</param>
/// <param name="LowestUnmasked">The smallest of those that are no mask's; +∞ where none is.</param>
internal sealed record RowMaxima(float Lowest, float LowestUnmasked);

/// <summary>An input of the model as the samples feed it.</summary>
/// <param name="Input">The input's name.</param>
/// <param name="Range">Its smallest and largest value.</param>
/// <param name="Mean">The mean of all its elements.</param>
/// <param name="ArePixels">Whether all are whole numbers over 255, from 0 to 1, and not only 0 and 1.</param>
/// <param name="IsGivenOnce">Whether it was given once for all samples, so that it is meant to be the same.</param>
internal sealed record InputObservation(
    string Input, ObservedRange Range, double Mean, bool ArePixels = false, bool IsGivenOnce = false);

/// <summary>An infinity in a tensor of the float model.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Sample">The first sample that shows it, from 0.</param>
internal sealed record Infinity(string Tensor, long Sample);

/// <summary>What the samples showed of a float model's tensors.</summary>
/// <param name="Samples">How many samples there were.</param>
/// <param name="Inputs">The model's inputs in its order.</param>
/// <param name="Tensors">What each observed tensor took for values.</param>
/// <param name="Rows">For the input of each Softmax: the largest values of its rows.</param>
/// <param name="Infinities">The tensors that took infinite values, which their ranges leave out.</param>
internal sealed record Observations(
    long Samples,
    IReadOnlyList<InputObservation> Inputs,
    IReadOnlyDictionary<string, RangeHistory> Tensors,
    IReadOnlyDictionary<string, RowMaxima> Rows,
    IReadOnlyList<Infinity> Infinities)
{
    /// <summary>Of the result of each Softmax: what <see cref="ObservedProbabilities.Ratio"/> says.</summary>
    internal IReadOnlyDictionary<string, double> Probabilities { get; init; } = new Dictionary<string, double>();

    /// <summary>What tells these samples from others, as <see cref="Samples.SampleSource.Digest"/> says it.</summary>
    internal string Digest { get; init; } = "";

    /// <summary>
    /// For the output of each layer with a bias: the mean of what each of its weights is multiplied with, by input and place in the
    /// kernel.
    /// </summary>
    internal IReadOnlyDictionary<string, double[]> LayerInputs { get; init; } = new Dictionary<string, double[]>();

    /// <summary>What statistics hold of some tensors, as if these alone had been observed.</summary>
    /// <param name="seen">The statistics.</param>
    /// <param name="tensors">The tensors, all of which are among them.</param>
    internal static Observations Of(ObservedJson seen, IReadOnlyList<string> tensors)
    {
        var histories = seen.Tensors.ToDictionary(tensor => tensor.Name);
        List<string> inputs = [.. seen.Inputs.Select(input => input.Name)];
        List<string> order = [.. tensors.Except(inputs), .. inputs.Where(tensors.Contains)];
        return new Observations(
            seen.Samples,
            [.. seen.Inputs.Select(InputStatistics.Observation)],
            order.ToDictionary(tensor => tensor, tensor => RangeHistory.Of(histories[tensor])),
            seen.Rows.ToDictionary(rows => rows.Tensor, rows => new RowMaxima(Lowest(rows.Lowest), Lowest(rows.LowestUnmasked))),
            [.. order.Where(tensor => histories[tensor].Infinities is not null)
                .Select(tensor => new Infinity(tensor, histories[tensor].Infinities!.Sample))])
        {
            Digest = SampleDigests.Of(seen.Digest, seen.Samples),
            Probabilities = seen.Probabilities.ToDictionary(softmax => softmax.Tensor, ObservedProbabilities.Ratio),
            LayerInputs = seen.LayerInputs.Where(layer => layer.Sums.Values.Count > 0).ToDictionary(
                layer => layer.Output,
                layer => Enumerable.Range(0, layer.Sums.Values.Count).Select(i => layer.Sums.Mean(i, layer.Rows)).ToArray()),
        };
    }

    /// <summary>The smallest and the largest finite value of each observed tensor; 0 where it had none.</summary>
    internal IReadOnlyDictionary<string, ObservedRange> Ranges { get; init; } = RangesOf(Tensors);

    /// <summary>The smallest and the largest finite value of each of some tensors; 0 where it had none.</summary>
    internal static IReadOnlyDictionary<string, ObservedRange> RangesOf(IReadOnlyDictionary<string, RangeHistory> tensors) =>
        tensors.ToDictionary(
            tensor => tensor.Key,
            tensor => tensor.Value.Range is { IsEmpty: false } range ? range : new ObservedRange(0, 0));

    /// <summary>Whether a tensor was observed and took no value: it is in a branch that no sample runs, or has no elements.</summary>
    internal bool IsUnseen(string tensor) => Tensors.TryGetValue(tensor, out var history) && history.WithInfinities.IsEmpty;

    /// <summary>What each observed tensor took for values, infinite ones included.</summary>
    internal ObservedRange WithInfinities(string tensor) => Ranges[tensor].Join(Tensors[tensor].WithInfinities);

    private static float Lowest(double? seen) => (float)(seen ?? double.PositiveInfinity);
}

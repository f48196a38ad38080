using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// The second moments of what products read, taken for as many products at once as fit into some memory; the samples run again
/// for the next ones.
/// </summary>
/// <param name="prepared">The float model.</param>
/// <param name="products">Its products, in the order in which they are asked for.</param>
/// <param name="samples">The samples.</param>
/// <param name="progress">Told how many samples have run.</param>
/// <param name="cancel">Stops the work.</param>
internal sealed class MomentsInTurn(
    OnnxModel prepared, IReadOnlyList<FoundLayer> products, SampleSet samples, IProgress<QuantizeProgress>? progress,
    CancellationToken cancel)
{
    private readonly HashSet<string> _constants = [.. prepared.Graph.Initializer.Select(tensor => tensor.Name)];
    private IReadOnlyDictionary<string, InputMoments> _held = new Dictionary<string, InputMoments>();

    /// <summary>The moments of what a product reads; none of a constant, which no sample shows.</summary>
    internal InputMoments Of(FoundLayer product)
    {
        if (_constants.Contains(Tensor(product)))
            return new InputMoments(Inputs(product));
        if (!_held.ContainsKey(Tensor(product)))
        {
            _held = new Dictionary<string, InputMoments>();
            LayerMoments[] together = [.. LayerMoments.Fitting(From(product))];
            using var source = samples.Open(prepared);
            MomentsObserver.Observe(prepared, together, source, progress, cancel);
            _held = together.ToDictionary(moments => moments.Tensor, moments => moments.Groups[0]);
        }

        return _held[Tensor(product)];
    }

    private IEnumerable<LayerMoments> From(FoundLayer first) => products
        .SkipWhile(product => product != first)
        .Where(product => !_constants.Contains(Tensor(product)))
        .DistinctBy(Tensor)
        .Select(product => new LayerMoments(LayerInput.OfProduct(Tensor(product)), Inputs(product)));

    private static string Tensor(FoundLayer product) => product.Node.Input[0];

    private static int Inputs(FoundLayer product) => (int)product.Weight.Dims[1 - product.ChannelAxis];
}

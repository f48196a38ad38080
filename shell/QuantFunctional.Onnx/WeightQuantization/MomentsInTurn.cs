using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// The second moments of what products read, taken for as many products at once as fit into some memory; the samples run again
/// for the next ones.
/// </summary>
internal sealed class MomentsInTurn
{
    private readonly OnnxModel _model;
    private readonly IReadOnlyList<FoundLayer> _products;
    private readonly SampleSet _samples;
    private readonly IProgress<QuantizeProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly Dictionary<NodeProto, string> _tensors;
    private readonly HashSet<string> _constants;
    private IReadOnlyDictionary<string, InputMoments> _held = new Dictionary<string, InputMoments>();

    /// <summary>Nothing seen yet.</summary>
    /// <param name="prepared">The float model, which may change afterwards. It runs in float32, also where it computes in float16.</param>
    /// <param name="products">Its products, in the order in which they are asked for.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="progress">Told how many samples have run.</param>
    /// <param name="cancel">Stops the work.</param>
    internal MomentsInTurn(
        OnnxModel prepared, IReadOnlyList<FoundLayer> products, SampleSet samples, IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        (_products, _samples, _progress, _cancel) = (products, samples, progress, cancel);
        _model = prepared.Clone();
        var same = prepared.Graph.Node.Zip(_model.Graph.Node).ToList();
        WideFloats.Rewrite(_model);
        _tensors = new(
            same.Select(pair => KeyValuePair.Create(pair.First, pair.Second.InputOrEmpty(0))), ReferenceEqualityComparer.Instance);
        _constants = [.. prepared.Graph.Initializer.Select(tensor => tensor.Name)];
    }

    /// <summary>The moments of what a product reads; none of a constant, which no sample shows.</summary>
    internal InputMoments Of(FoundLayer product)
    {
        if (_constants.Contains(Tensor(product)))
            return new InputMoments(Inputs(product));
        if (!_held.ContainsKey(Tensor(product)))
        {
            _held = new Dictionary<string, InputMoments>();
            LayerMoments[] together = [.. LayerMoments.Fitting(From(product))];
            using var source = _samples.Open(_model);
            MomentsObserver.Observe(_model, together, source, _progress, _cancel);
            _held = together.ToDictionary(moments => moments.Tensor, moments => moments.Groups[0]);
        }

        return _held[Tensor(product)];
    }

    private IEnumerable<LayerMoments> From(FoundLayer first) => _products
        .SkipWhile(product => product != first)
        .Where(product => !_constants.Contains(Tensor(product)))
        .DistinctBy(Tensor)
        .Select(product => new LayerMoments(LayerInput.OfProduct(Tensor(product)), Inputs(product)));

    private string Tensor(FoundLayer product) => _tensors[product.Node];

    private static int Inputs(FoundLayer product) => (int)product.Weight.Dims[1 - product.ChannelAxis];
}

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
    private const long MostBytes = 512 << 20;

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
            using var source = samples.Open(prepared);
            _held = MomentsObserver.Observe(prepared, Together(product), source, progress, cancel);
        }

        return _held[Tensor(product)];
    }

    private Dictionary<string, int> Together(FoundLayer first)
    {
        var tensors = new Dictionary<string, int>();
        var bytes = 0L;
        foreach (var product in products.SkipWhile(product => product != first))
        {
            if (tensors.ContainsKey(Tensor(product)) || _constants.Contains(Tensor(product)))
                continue;
            bytes += InputMoments.Bytes(Inputs(product));
            if (tensors.Count > 0 && bytes > MostBytes)
                break;
            tensors.Add(Tensor(product), Inputs(product));
        }

        return tensors;
    }

    private static string Tensor(FoundLayer product) => product.Node.Input[0];

    private static int Inputs(FoundLayer product) => (int)product.Weight.Dims[1 - product.ChannelAxis];
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// What corrects the biases of a model's layers: the mean of each output channel in the float model, and what it is when the
/// layer alone has its rounded weights. Both are taken before the activation.
/// </summary>
/// <remarks>
/// A layer is linear: both means are its weights times the means of what they are multiplied with in the float model, which one pass
/// over the data gives for all layers. With each of them corrected, the next reads means that are nearly those of the float model.
/// </remarks>
internal sealed class BiasMeans
{
    /// <summary>No layer is corrected.</summary>
    internal static readonly BiasMeans None = new([]);

    private readonly Dictionary<NodeProto, (double[] Real, double[] Quantized)> _means;

    // nodes are told apart by what they are, not by what is in them
    private BiasMeans(IEnumerable<KeyValuePair<NodeProto, (double[] Real, double[] Quantized)>> means) =>
        _means = new(means, ReferenceEqualityComparer.Instance);

    /// <summary>Of these layers alone.</summary>
    internal BiasMeans Of(IReadOnlySet<NodeProto> layers) => new(_means.Where(mean => layers.Contains(mean.Key)));

    /// <summary>The same with those of others in the place of their own.</summary>
    internal BiasMeans With(BiasMeans others) => new(_means.Where(mean => !others.Has(mean.Key)).Concat(others._means));

    /// <summary>Whether no layer is corrected.</summary>
    internal bool IsNone => _means.Count == 0;

    /// <summary>Whether the means of a layer are known.</summary>
    internal bool Has(NodeProto layer) => _means.ContainsKey(layer);

    /// <summary>Means that are known, by the layer's output.</summary>
    internal static BiasMeans Of(Scheme scheme, IReadOnlyDictionary<string, (double[] Real, double[] Quantized)> known) => new(scheme.Layers
        .Where(layer => known.ContainsKey(layer.Node.Output[0]))
        .Select(layer => KeyValuePair.Create(layer.Node, known[layer.Node.Output[0]])));

    /// <summary>The means of every planned layer that has a place for a correction.</summary>
    /// <param name="plans">The layers.</param>
    /// <param name="inputs">The means of what each weight is multiplied with, by the layer's output.</param>
    internal static BiasMeans Of(IEnumerable<PlannedLayer> plans, IReadOnlyDictionary<string, double[]> inputs) => new(plans
        .Where(plan => HasBias(plan.Node) && inputs.ContainsKey(plan.Node.Node.Output[0]))
        .Select(plan => KeyValuePair.Create(plan.Node.Node, Of(plan, inputs[plan.Node.Node.Output[0]]))));

    /// <summary>What the layers of a scheme read whose biases could be corrected.</summary>
    internal static IReadOnlyList<LayerInput> Inputs(Scheme scheme) =>
        [.. scheme.Layers.Where(HasBias).Select(layer => Input(scheme, layer)).DistinctBy(input => input.Layer)];

    /// <summary>What a layer reads.</summary>
    internal static LayerInput Input(Scheme scheme, IntegerNode layer)
    {
        var node = layer.Node;
        int[] kernel = node.Is("Conv") ? [.. layer.Layer!.Weight.Dims.Skip(2).Select(size => (int)size)] : [];
        var rank = kernel.Length > 0 ? kernel.Length + 2 : node.Is("Gemm") ? 2 : (layer.Layer!.RowsShape?.Count ?? 0) + 1;
        var sizes = kernel.Length > 0 ? scheme.SpatialSizes(node.Input[0]) : [];
        return new LayerInput(node.Output[0], node.Input[0], rank, kernel, LayerGeometry.Of(node, kernel, sizes), sizes);
    }

    private static (double[] Real, double[] Quantized) Of(PlannedLayer plan, double[] inputs)
    {
        var (found, integers) = (plan.Node.Layer!, plan.Plan.Integers);
        var (shape, weights) = (integers.Shape, found.Values);
        var rounded = FSharp.Weights.fakeQuantized(plan.Plan.Plan.WeightScale, shape, integers.Weights);
        var (real, distance) = (new double[shape.Channels], new double[shape.Channels]);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var first = channel / (shape.Channels / shape.Groups) * shape.Inputs;
            real[channel] = found.Bias.Length == 0 ? 0 : found.Bias[channel];
            for (var input = 0; input < shape.Inputs; input++)
            {
                for (var position = 0; position < shape.Positions; position++)
                {
                    var index = shape.Index(channel, input, position);
                    var mean = inputs[((first + input) * shape.Positions) + position];
                    real[channel] += weights[index] * mean;
                    distance[channel] += ((double)weights[index] - rounded[index]) * mean;
                }
            }
        }

        return Apart(real, distance);
    }

    /// <summary>
    /// The means with their distance rounded to 6 bits. Float sums leave about 23 bits of the means of inputs to rely on, and the
    /// distance has nearly as many, so that 6 are the same on another processor, too.
    /// </summary>
    private static (double[] Real, double[] Quantized) Apart(double[] real, double[] distance)
    {
        var means = Array.ConvertAll(real, FSharp.Numbers.roundOutward);
        return (means, [.. means.Select((mean, channel) => mean - SixBits(distance[channel]))]);
    }

    private static double SixBits(double distance)
    {
        if (distance == 0)
            return 0;
        var exponent = Math.ILogB(distance) - 5;
        return Math.ScaleB(Math.Round(Math.ScaleB(distance, -exponent)), exponent);
    }

    /// <summary>Both means of a layer that is corrected.</summary>
    internal (double[] Real, double[] Quantized) Of(NodeProto layer) => _means[layer];

    /// <summary>Both means of a layer, where they are known.</summary>
    internal bool TryFind(NodeProto layer, out (double[] Real, double[] Quantized) means) =>
        _means.TryGetValue(layer, out means);

    /// <summary>A product without a bias has no place for a correction.</summary>
    internal static bool HasBias(IntegerNode node) =>
        node.Node.OpType is "Conv" or "Gemm" || node.Layer is { Sum: not null, RowsShape.Count: > 0 };
}

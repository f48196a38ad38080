using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// What corrects the biases of a model's layers: the mean of each output channel in the float model, and what it is when the
/// layer alone has its rounded weights. Both are taken before the activation.
/// </summary>
/// <remarks>
/// Every layer reads what it reads in the float model, so that one pass over the data serves all of them: with each of them
/// corrected, the next reads means that are nearly those of the float model.
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

    /// <summary>Whether no layer is corrected.</summary>
    internal bool IsNone => _means.Count == 0;

    /// <summary>Whether the means of a layer are known.</summary>
    internal bool Has(NodeProto layer) => _means.ContainsKey(layer);

    /// <summary>The means of every planned layer that has a place for a correction.</summary>
    internal static BiasMeans Observe(
        OnnxModel model,
        IReadOnlyList<PlannedLayer> plans,
        SampleSource samples,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        var both = model.Clone();
        var graph = new GraphEditor(both);
        var layers = plans
            .Where(HasBias)
            .Select(plan => (plan.Node.Node, Real: plan.Node.Node.Output[0], Rounded: AddRounded(graph, plan), plan))
            .ToList();
        if (layers.Count == 0)
            return None;
        var means = ChannelMeans.Observe(
            both,
            [.. layers.SelectMany(layer => new[] { Output(layer.plan, layer.Real), Output(layer.plan, layer.Rounded) })],
            samples, progress, cancel);
        return new(layers.Select(layer =>
            KeyValuePair.Create(layer.Node, Apart(means[layer.Real], means[layer.Rounded]))));
    }

    /// <summary>
    /// The means with their distance rounded to 6 bits. Float sums leave about 23 bits of a mean to rely on; the distance of
    /// two means that are a thousandth apart has 13 of them, so that 6 are the same on another processor, too.
    /// </summary>
    private static (double[] Real, double[] Quantized) Apart(double[] real, double[] quantized)
    {
        var means = Array.ConvertAll(real, FSharp.Numbers.roundOutward);
        return (means, [.. means.Select((mean, channel) => mean - SixBits(real[channel] - quantized[channel]))]);
    }

    private static double SixBits(double distance)
    {
        if (distance == 0)
            return 0;
        var exponent = Math.ILogB(distance) - 5;
        return Math.ScaleB(Math.Round(Math.ScaleB(distance, -exponent)), exponent);
    }

    /// <summary>Both means of a layer, where they are known.</summary>
    internal bool TryFind(NodeProto layer, out (double[] Real, double[] Quantized) means) =>
        _means.TryGetValue(layer, out means);

    /// <summary>A product without a bias has no place for a correction.</summary>
    private static bool HasBias(PlannedLayer plan) =>
        plan.Node.Node.OpType is "Conv" or "Gemm" || plan.Node.Layer is { Sum: not null, RowsShape.Count: > 0 };

    /// <summary>Adds the layer once more, with the weights that its integers stand for.</summary>
    private static string AddRounded(GraphEditor graph, PlannedLayer plan)
    {
        var weight = plan.Node.Layer!.Weight;
        var integers = plan.Plan.Integers;
        var rounded = FSharp.Weights.fakeQuantized(plan.Plan.Plan.WeightScale, integers.Shape, integers.Weights);
        var node = plan.Node.Node.Clone();
        node.Name = graph.FreshName($"{node.DisplayName()}_rounded");
        node.Output[0] = graph.FreshName($"{node.Output[0]}_rounded");
        node.Input[1] = graph.AddInitializer(
            TensorData.Make($"{weight.Name}_rounded", weight.Dims, rounded.AsSpan()));
        graph.Graph.Node.Add(node);
        return node.Output[0];
    }

    private static ChanneledTensor Output(PlannedLayer plan, string tensor) => plan.Node.Node.OpType switch
    {
        "Conv" => new(tensor, plan.Node.Layer!.Weight.Dims.Count, 1),
        "Gemm" => new(tensor, 2, 1),
        _ => new(tensor, plan.Node.Layer!.RowsShape!.Count + 1, plan.Node.Layer.RowsShape.Count),
    };
}

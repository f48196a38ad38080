using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Finds integers for all layers of a network that have a smaller error than the nearest ones, by second moments.</summary>
internal static class MomentRoundings
{
    // many times as many as a block has inputs
    private const long MostRows = 1 << 16;

    /// <summary>The roundings of all layers. The samples run once for as many layers as fit into some memory.</summary>
    /// <param name="network">The network, with the nearest integers.</param>
    /// <param name="corrected">Whether a layer's bias can take its mean error away.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="progress">Told how many samples have run.</param>
    /// <param name="cancel">Stops the work.</param>
    internal static LayerRoundings Of(
        PlannedNetwork network, Func<NodeProto, bool> corrected, SampleSet samples, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        var model = network.Scheme.Model;
        // in a branch not every sample shows what a layer reads
        if (model.Graph.Node.Any(FlatGraph.IsChoice))
            return LayerRoundings.None;
        var found = new List<KeyValuePair<string, RoundedWeights>>();
        var open = network.Layers.Select(layer => (Layer: layer, Moments: Moments(network.Scheme, layer))).ToList();
        while (open.Count > 0)
        {
            var together = LayerMoments.Fitting(open.Select(layer => layer.Moments)).Count();
            using var source = samples.Open(model);
            MomentsObserver.Observe(model, [.. open.Take(together).Select(layer => layer.Moments)], source, progress, cancel);
            found.AddRange(LayerRoundings.Of(open[..together], corrected).Layers);
            open.RemoveRange(0, together);
        }

        return new LayerRoundings(found);
    }

    private static LayerMoments Moments(Scheme scheme, PlannedLayer layer)
    {
        var shape = layer.Plan.Integers.Shape;
        return new LayerMoments(BiasMeans.Input(scheme, layer.Node), shape.Inputs, shape.Groups, MostRows);
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Takes the mean error of rounded weights out of biases where that lowers the measured error of the outputs.</summary>
internal static class BiasRefinement
{
    /// <summary>The network of least measured error, and what corrects it.</summary>
    /// <param name="network">The network without corrections.</param>
    /// <param name="errors">Its errors.</param>
    /// <param name="means">What corrects them.</param>
    /// <param name="planned">The network with some corrections.</param>
    /// <param name="floats">What the float model makes of the samples.</param>
    /// <param name="measurements">How often may be measured.</param>
    /// <param name="cancel">Asked before each run.</param>
    internal static (PlannedNetwork Network, BiasMeans Means) Of(
        PlannedNetwork network, OutputErrors errors, BiasMeans means, Func<BiasMeans, PlannedNetwork> planned, FloatOutputs floats, int measurements, CancellationToken cancel)
    {
        var tried = new List<(PlannedNetwork Network, BiasMeans Means, OutputErrors Errors)> { (network, BiasMeans.None, errors) };
        NodeProto[] layers = [.. network.Layers.Select(layer => layer.Node.Node).Where(means.Has)];
        var (_, least) = Halving.Kept(layers, errors, Errors, Halving.ClearlyBetter, measurements);
        var (best, kept, _) = tried.Find(one => ReferenceEquals(one.Errors, least));
        return (best, kept);

        OutputErrors Errors(IReadOnlySet<NodeProto> corrected)
        {
            var some = means.Of(corrected);
            var candidate = planned(some);
            using var measured = new MeasuredNetwork(candidate, floats);
            tried.Add((candidate, some, measured.Errors(cancel)));
            return tried[^1].Errors;
        }
    }
}

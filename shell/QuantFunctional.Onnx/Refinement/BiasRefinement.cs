using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Takes the mean error of rounded weights out of biases where that lowers the measured error of the outputs.</summary>
internal static class BiasRefinement
{
    // half a decibel
    private const double Better = 0.9;

    /// <summary>The network of least measured error.</summary>
    /// <param name="network">The network without corrections.</param>
    /// <param name="means">What corrects them.</param>
    /// <param name="planned">The network with some corrections.</param>
    /// <param name="floats">What the float model makes of the samples.</param>
    /// <param name="measurements">How often may be measured.</param>
    /// <param name="cancel">Asked before each run.</param>
    internal static PlannedNetwork Of(
        PlannedNetwork network, BiasMeans means, Func<BiasMeans, PlannedNetwork> planned, FloatOutputs floats, int measurements, CancellationToken cancel)
    {
        NodeProto[] layers = [.. network.Layers.Select(layer => layer.Node.Node).Where(means.Has)];
        if (layers.Length == 0)
            return network;
        var kept = Halving.Kept(layers, Errors(network), corrected => Errors(planned(means.Of(corrected))), Better, measurements);
        return kept.Count == 0 ? network : planned(means.Of(kept));

        OutputErrors Errors(PlannedNetwork one)
        {
            using var measured = new MeasuredNetwork(one, floats);
            return measured.Errors(cancel);
        }
    }
}

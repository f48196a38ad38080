using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Rounds the weights of layers by second moments where that lowers the measured error of the outputs.</summary>
/// <remarks>
/// That a layer's own error is smaller is known from very many rows. The outputs of a few samples say less, since a sum of squares
/// hangs on the few that are near a tie: so each sample counts the same, and any gain is one.
/// </remarks>
/// <param name="planned">The network with some roundings and corrections.</param>
/// <param name="meansOf">What corrects the biases of layers, for the integers that they have.</param>
/// <param name="floats">What the float model makes of the samples.</param>
/// <param name="cancel">Asked before each run.</param>
internal sealed class WeightRefinement(
    Func<LayerRoundings, BiasMeans, PlannedNetwork> planned, Func<IReadOnlyList<PlannedLayer>, BiasMeans> meansOf, FloatOutputs floats,
    CancellationToken cancel)
{
    /// <summary>The network of least measured error, with its roundings, and with corrections that belong to them.</summary>
    /// <param name="network">The network with the nearest integers.</param>
    /// <param name="means">What corrects its biases.</param>
    /// <param name="errors">Its errors, those of each run by itself.</param>
    /// <param name="roundings">Those that are tried.</param>
    internal (PlannedNetwork Network, BiasMeans Means, LayerRoundings Roundings) Of(
        PlannedNetwork network, BiasMeans means, OutputErrors errors, LayerRoundings roundings)
    {
        var tried = new List<(PlannedNetwork Network, BiasMeans Means, LayerRoundings Roundings, OutputErrors Errors)>
        {
            (network, means, LayerRoundings.None, errors),
        };
        var corrected = meansOf(planned(roundings, BiasMeans.None).Layers);
        NodeProto[] layers = [.. network.Layers.Select(layer => layer.Node.Node).Where(roundings.Has)];
        var (_, least) = Halving.Kept(layers, errors, Errors, ratio: 1, int.MaxValue);
        var (best, kept, rounded, _) = tried.Find(one => ReferenceEquals(one.Errors, least));
        return (best, kept, rounded);

        OutputErrors Errors(IReadOnlySet<NodeProto> some)
        {
            var (own, of) = (means.With(corrected.Of(some)), roundings.Of(some));
            var candidate = planned(of, own);
            using var measured = new MeasuredNetwork(candidate, floats);
            tried.Add((candidate, own, of, measured.Errors(cancel).Apart!));
            return tried[^1].Errors;
        }
    }
}

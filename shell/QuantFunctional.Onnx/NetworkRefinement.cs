using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Refinement;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>Makes a planned network better by what is measured of its outputs.</summary>
internal static class NetworkRefinement
{
    // so that measuring takes about as long as all the rest
    private const int MeasurementsOfRanges = 6;
    private const int MeasurementsOfBiases = 4;

    /// <summary>The network with the ranges and biases of least measured error.</summary>
    internal static PlannedNetwork Of(
        NetworkPlanner planner, PlannedNetwork network, RangeMethod method, SampleSet samples, string name, CancellationToken cancel)
    {
        if (!network.Storage.HasKernels)
            return network;
        using var phase = Telemetry.Begin("refine", name);
        var ranges = RangeChoice.Of(method);
        if (method.IsAuto)
        {
            var rounded = Rounded(network);
            using var measured = new MeasuredNetwork(rounded, network.Scheme.Model, samples, cancel);
            ranges = RangeRefinement.Of(measured, rounded, planner.Encodings, MeasurementsOfRanges);
            if (ranges.Narrowed.Count > 0)
                network = planner.Plan(ranges, BiasMeans.None);
        }

        var means = planner.MeansOf(network.Layers);
        var corrected = planner.Plan(ranges, means);
        var graph = Rounded(corrected);
        using var biases = new MeasuredNetwork(graph, corrected.Scheme.Model, samples, cancel);
        var layers = BiasRefinement.Of(biases, graph, corrected.Encodings, MeasurementsOfBiases);
        if (layers.Count == 0)
            return network;
        return layers.Count == graph.Corrections.Count ? corrected : planner.Plan(ranges, means.Of(layers));
    }

    private static RoundedGraph Rounded(PlannedNetwork network) =>
        RoundedGraph.Of(network.Scheme, network.Encodings, network.Layers, network.Storage);
}

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
        NetworkPlanner planner, PlannedNetwork network, RangeMethod method, SampleSet? samples, string name,
        IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        if (!network.Storage.HasKernels || samples is null)
            return network;
        using var phase = Telemetry.Begin("refine", name);
        using var floats = new FloatOutputs(network.Scheme, samples) { Progress = progress };
        if (floats.Outputs.Count == 0)
            return network;
        var ranges = RangeChoice.Of(method);
        if (method.IsAuto)
        {
            using var measured = new MeasuredNetwork(network, floats);
            ranges = RangeRefinement.Of(measured, planner.Encodings, MeasurementsOfRanges, cancel);
            if (ranges.Narrowed.Count > 0)
                network = planner.Plan(ranges, BiasMeans.None);
        }

        return BiasRefinement.Of(
            network, planner.MeansOf(network.Layers), means => planner.Plan(ranges, means), floats, MeasurementsOfBiases, cancel);
    }
}

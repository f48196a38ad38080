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

    /// <summary>The network with the order of channels, the ranges and the biases of least measured error.</summary>
    internal static PlannedNetwork Of(
        NetworkPlanner planner, PlannedNetwork network, RangeMethod method, SampleSet samples, string name,
        IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        if (!network.Storage.HasKernels)
            return network;
        using var phase = Telemetry.Begin("refine", name);
        using var floats = new FloatOutputs(network.Scheme, samples) { Progress = progress };
        if (floats.Outputs.Count == 0)
            return network;
        var ranges = RangeChoice.Of(method);
        var measured = new MeasuredNetwork(network, floats);
        try
        {
            var errors = measured.Errors(cancel);
            if (planner.Ordered(cancel) is { } model)
            {
                var before = planner.Use(model);
                var ordered = planner.Plan(ranges, BiasMeans.None);
                var again = new MeasuredNetwork(ordered, floats);
                var errorsAgain = again.Errors(cancel);
                if (errorsAgain.IsBetterThan(errors, 1))
                {
                    (measured, again) = (again, measured);
                    (network, errors) = (ordered, errorsAgain);
                }
                else
                {
                    planner.Use(before);
                }

                again.Dispose();
            }

            if (method.IsAuto)
            {
                (ranges, errors) = RangeRefinement.Of(measured, errors, planner.Encodings, MeasurementsOfRanges, cancel);
                if (ranges.Narrowed.Count > 0)
                    network = planner.Plan(ranges, BiasMeans.None);
            }

            return BiasRefinement.Of(
                network, errors, planner.MeansOf(network.Layers), means => planner.Plan(ranges, means), floats, MeasurementsOfBiases, cancel)
                .Network;
        }
        finally
        {
            measured.Dispose();
        }
    }
}

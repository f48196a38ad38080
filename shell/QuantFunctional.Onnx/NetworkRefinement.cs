using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Refinement;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>Makes a planned network better by what is measured of its outputs.</summary>
internal sealed class NetworkRefinement : IDisposable
{
    // so that measuring takes about as long as all the rest
    private const int MeasurementsOfRanges = 6;
    private const int MeasurementsOfBiases = 4;

    private readonly NetworkPlanner _planner;
    private readonly FloatOutputs _floats;
    private readonly CancellationToken _cancel;
    private RangeChoice _ranges;
    private PlannedNetwork _network;
    private MeasuredNetwork _measured;
    private OutputErrors _errors;
    private BiasMeans? _means;

    private NetworkRefinement(NetworkPlanner planner, PlannedNetwork network, RangeMethod method, FloatOutputs floats, CancellationToken cancel)
    {
        (_planner, _floats, _cancel, _network, _ranges) = (planner, floats, cancel, network, RangeChoice.Of(method));
        _measured = new MeasuredNetwork(network, floats);
        _errors = _measured.Errors(cancel);
    }

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
        using var refinement = new NetworkRefinement(planner, network, method, floats, cancel);
        refinement.Order();
        if (method.IsAuto)
            refinement.Narrow();
        refinement.CorrectBiases();
        return refinement._network;
    }

    /// <summary>Closes the session of the network.</summary>
    public void Dispose() => _measured.Dispose();

    /// <summary>
    /// Brings the channels into another order, with the biases corrected: at a step that pairs no longer ask for, the weights'
    /// errors have another mean, and that must not hide what smaller errors are worth.
    /// </summary>
    private void Order()
    {
        if (_planner.Ordered(_cancel) is not { } model)
            return;
        var before = _planner.Use(model);
        var means = _planner.MeansOf(_planner.Plan(_ranges, BiasMeans.None).Layers);
        var ordered = _planner.Plan(_ranges, means);
        var measured = new MeasuredNetwork(ordered, _floats);
        var errors = measured.Errors(_cancel);
        if (errors.IsBetterThan(_errors, 1))
        {
            _measured.Dispose();
            (_network, _measured, _errors, _means) = (ordered, measured, errors, means);
        }
        else
        {
            measured.Dispose();
            _planner.Use(before);
        }
    }

    private void Narrow()
    {
        (_ranges, _errors) = RangeRefinement.Of(_measured, _errors, _planner.Encodings, MeasurementsOfRanges, _cancel);
        if (_ranges.Narrowed.Count > 0)
            _network = _planner.Plan(_ranges, _means ?? BiasMeans.None);
    }

    private void CorrectBiases()
    {
        if (_means is null)
        {
            (_network, _errors) = BiasRefinement.Of(
                _network, _errors, _planner.MeansOf(_network.Layers), means => _planner.Plan(_ranges, means), _floats, MeasurementsOfBiases, _cancel);
        }
    }
}

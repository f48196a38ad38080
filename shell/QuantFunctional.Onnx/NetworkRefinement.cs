using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Refinement;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>Makes a planned network better by what is measured of its outputs.</summary>
internal sealed class NetworkRefinement : IDisposable
{
    private readonly NetworkPlanner _planner;
    private readonly FloatOutputs _floats;
    private readonly CancellationToken _cancel;
    private readonly bool _oneByOne;
    private IReadOnlySet<string> _equalized = new HashSet<string>();
    private IReadOnlySet<string> _ordered = new HashSet<string>();
    private RangeChoice _ranges;
    private PlannedNetwork _network;
    private MeasuredNetwork _measured;
    private OutputErrors _errors;
    private BiasMeans _means = BiasMeans.None;

    private NetworkRefinement(NetworkPlanner planner, PlannedNetwork network, QuantizeRequest request, FloatOutputs floats, CancellationToken cancel)
    {
        (_planner, _floats, _cancel, _network, _ranges) = (planner, floats, cancel, network, RangeChoice.Of(request.RangesOrDefault));
        _oneByOne = request.Preset == QuantizationPreset.Best;
        _measured = new MeasuredNetwork(network, floats);
        _errors = _measured.Errors(cancel);
    }

    // the error of a classifier hangs on the few samples that are near a tie
    private const long EnoughForBest = 512;

    private int MeasurementsOfFactors => _oneByOne ? int.MaxValue : 3;

    // few, so that measuring takes about as long as all the rest
    private int MeasurementsOfRanges => _oneByOne ? int.MaxValue : 6;

    private int MeasurementsOfBiases => _oneByOne ? int.MaxValue : 4;

    /// <summary>The network with the factors and the order of channels, the ranges and the biases of least measured error, and what of it was chosen so.</summary>
    internal static RefinedNetwork Of(
        NetworkPlanner planner, PlannedNetwork network, QuantizeRequest request, SampleSet? samples,
        IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        if (!network.Storage.HasKernels || samples is null || request.Preset == QuantizationPreset.Fast)
            return RefinedNetwork.AsPlanned(network, request);
        using var phase = Telemetry.Begin("refine", request.Model.Name);
        var enough = request.Preset == QuantizationPreset.Best ? EnoughForBest : HeldBackSamples.Enough;
        using var floats = new FloatOutputs(network.Scheme, samples) { Progress = progress, Enough = enough };
        if (floats.Outputs.Count == 0)
            return RefinedNetwork.AsPlanned(network, request);
        using var refinement = new NetworkRefinement(planner, network, request, floats, cancel);
        refinement.OrderAndEqualize();
        if (request.RangesOrDefault.IsAuto)
            refinement.Narrow();
        if (refinement._means.IsNone)
            refinement.CorrectBiases();
        if (refinement._oneByOne)
            refinement.Round(samples, progress);
        return new RefinedNetwork(refinement._network, refinement._ranges, refinement._means, refinement.Choices())
        {
            Roundings = planner.Roundings,
        };
    }

    /// <summary>Closes the session of the network.</summary>
    public void Dispose() => _measured.Dispose();

    /// <summary>
    /// Brings the channels into another order; and multiplies them by powers of two before that, where both together are clearly better
    /// than the order alone, since heavy pairs are others then.
    /// </summary>
    private void OrderAndEqualize()
    {
        var (begun, errors) = (_planner.Form, _errors);
        TryOrder(errors, 1);
        var ordered = _planner.Form;
        _planner.Form = begun;
        if (!TryEqualize(errors))
            _planner.Form = ordered;
    }

    /// <summary>
    /// Takes another order where it is better, with the biases corrected: at a step that pairs no longer ask for, the weights'
    /// errors have another mean, and that must not hide what smaller errors are worth.
    /// </summary>
    private bool TryOrder(OutputErrors than, double ratio)
    {
        var before = _planner.Form;
        if (_planner.Ordered(_cancel) is { } better)
        {
            _planner.Form = before with { Model = better.Model, Observed = better.Observed, Orders = better.Orders };
            if (TryTake(than, ratio))
            {
                _ordered = better.Readers;
                return true;
            }
        }

        _planner.Form = before;
        return false;
    }

    /// <summary>
    /// Multiplies channels by powers of two, with the biases corrected on both sides. Channels stay within the ranges of their tensors, so that
    /// these judge; what is chosen is observed anew, since its histograms are others.
    /// </summary>
    private bool TryEqualize(OutputErrors plain)
    {
        ChannelFactors[] factors = [.. _planner.Factors(_cancel)];
        if (factors.Length == 0)
            return false;
        var before = _planner.Form;
        var corrected = new Lazy<OutputErrors>(() =>
        {
            _planner.Form = before;
            return Measured(Corrected().Network);
        });
        var (kept, _) = Halving.Kept(factors, plain, Errors, Halving.ClearlyBetter, MeasurementsOfFactors);
        if (kept.Count == 0)
            return false;
        var without = corrected.Value.IsBetterThan(_errors, 1) ? corrected.Value : _errors;
        var layers = Multiply(kept);
        _planner.ObserveAgain();
        if (!TryOrder(without, Halving.ClearlyBetter))
        {
            if (!TryTake(without, Halving.ClearlyBetter))
                return false;
            _ordered = new HashSet<string>();
        }

        _equalized = layers;
        return true;

        // what corrected biases alone are worth is measured only where that could decide
        OutputErrors Errors(IReadOnlySet<ChannelFactors> some)
        {
            Multiply(some);
            var errors = Measured(Corrected().Network);
            return !errors.IsBetterThan(plain, Halving.ClearlyBetter) || errors.IsBetterThan(corrected.Value, Halving.ClearlyBetter) ? errors : plain;
        }

        IReadOnlySet<string> Multiply(IReadOnlySet<ChannelFactors> some)
        {
            _planner.Form = before;
            ChannelFactors[] taken = [.. factors.Where(some.Contains)];
            var equalized = _planner.Equalized(taken);
            _planner.Form = before with { Model = equalized.Model, Observed = equalized.Observed, Factors = taken };
            return equalized.Layers;
        }
    }

    /// <summary>Plans the form that the planner has now, with its biases corrected, and takes the network where it is better.</summary>
    private bool TryTake(OutputErrors than, double ratio)
    {
        var (network, means) = Corrected();
        var measured = new MeasuredNetwork(network, _floats);
        var errors = measured.Errors(_cancel);
        if (!errors.IsBetterThan(than, ratio))
        {
            measured.Dispose();
            return false;
        }

        _measured.Dispose();
        (_network, _measured, _errors, _means) = (network, measured, errors, means);
        return true;
    }

    private (PlannedNetwork Network, BiasMeans Means) Corrected()
    {
        var means = _planner.MeansOf(_planner.Plan(_ranges, BiasMeans.None).Layers);
        return (_planner.Plan(_ranges, means), means);
    }

    private OutputErrors Measured(PlannedNetwork network)
    {
        using var measured = new MeasuredNetwork(network, _floats);
        return measured.Errors(_cancel);
    }

    private void Narrow()
    {
        (_ranges, _errors) = RangeRefinement.Of(_measured, _errors, _planner.Encodings, MeasurementsOfRanges, _cancel);
        if (_ranges.Narrowed.Count > 0)
            _network = _planner.Plan(_ranges, _means);
    }

    private void CorrectBiases() => (_network, _means) = BiasRefinement.Of(
        _network, _errors, _planner.MeansOf(_network.Layers), means => _planner.Plan(_ranges, means), _floats, MeasurementsOfBiases, _cancel);

    /// <summary>Rounds weights so that their errors cancel in what layers give.</summary>
    private void Round(SampleSet samples, IProgress<QuantizeProgress>? progress)
    {
        using var measured = new MeasuredNetwork(_network, _floats);
        var corrected = _planner.MeansOf(_network.Layers);
        var roundings = MomentRoundings.Of(_network, corrected.Has, samples, progress, _cancel);
        (_network, _means, _planner.Roundings) = new WeightRefinement(Planned, _planner.MeansOf, _floats, _cancel)
            .Of(_network, _means, measured.Errors(_cancel).Apart!, roundings);

        PlannedNetwork Planned(LayerRoundings some, BiasMeans means)
        {
            _planner.Roundings = some;
            return _planner.Plan(_ranges, means);
        }
    }

    private MeasuredChoices Choices() => new(
        [.. _ranges.Narrowed.Order(StringComparer.Ordinal)],
        [.. _network.Layers.Select(layer => layer.Node.Node.DisplayName()).Where(_ordered.Contains)],
        [.. _network.Layers.Where(layer => _means.Has(layer.Node.Node)).Select(layer => layer.Node.Node.DisplayName())],
        RefinedNetwork.Rounded(_network.Layers),
        _floats.Measurements)
    {
        Equalized = [.. _network.Layers.Select(layer => layer.Node.Node.DisplayName()).Where(_equalized.Contains)],
    };
}

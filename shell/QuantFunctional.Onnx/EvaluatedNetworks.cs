using System.Security.Cryptography;
using QuantFunctional.Documents;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Refinement;
using QuantFunctional.Onnx.Reporting;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>Networks of one model with more or less of it in float, each measured once and kept in the work folder.</summary>
/// <remarks>An evaluation depends on nothing but its key: model, data, recipe, and what ran them.</remarks>
internal sealed class EvaluatedNetworks
{
    internal const string Reason = "left in float to meet the target";

    private readonly SearchedModel _model;
    private readonly TargetMeasurement _measurement;
    private readonly WorkFolder _work;
    private readonly MultiplyAdds _multiplyAdds;
    private readonly Dictionary<string, IntegerNode> _nodes = [];
    private readonly IReadOnlyList<string> _key;

    internal EvaluatedNetworks(SearchedModel model, TargetMeasurement measurement, WorkFolder work, MultiplyAdds multiplyAdds)
    {
        (_model, _measurement, _work, _multiplyAdds) = (model, measurement, work, multiplyAdds);
        foreach (var node in model.Refined.Network.Scheme.Integers)
            _nodes.TryAdd(node.Node.DisplayName(), node);
        _key = Key(model);
    }

    /// <summary>How many evaluations were read from files.</summary>
    internal int FromFiles { get; private set; }

    /// <summary>The multiply-adds by node.</summary>
    internal IReadOnlyDictionary<string, long> Costs => _nodes.ToDictionary(node => node.Key, node => _multiplyAdds.Of(node.Value));

    /// <summary>In which order nodes are left in float.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> Order(SampleSet samples, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        string[] key = ["order", .. _key];
        if (_work.Find(key)?.Order is { } known && known.All(step => step.All(_nodes.ContainsKey)))
            return known;
        var network = _model.Refined.Network;
        var order = FloatOrder.Of(network.Scheme, RoundingCosts.Of(network, samples, progress, cancel), Costs);
        _work.Keep(key, order: order);
        return order;
    }

    /// <summary>What is measured of the network with some nodes in float.</summary>
    internal MeasuredJson Of(IReadOnlyList<string> inFloat, CancellationToken cancel)
    {
        string[] key =
        [
            "evaluation", _model.Request.Target!.Kind.ToString(), _measurement.Data, .. _key, .. inFloat.Order(StringComparer.Ordinal),
        ];
        if (_work.Find(key)?.Measured is { } known)
        {
            FromFiles++;
            return known;
        }

        var measured = Planned(inFloat) is { } network
            ? _measurement.Of(network.Quantized, _multiplyAdds.InIntegers(network.Scheme), cancel)
            : new MeasuredJson(0, 0, Failure: "no layer is left in integers");
        _work.Keep(key, measured);
        return measured;
    }

    /// <summary>The network with some nodes in float; null where no layer is left in integers.</summary>
    internal PlannedNetwork? Planned(IReadOnlyList<string> inFloat)
    {
        var refined = _model.Refined;
        return inFloat.Count == 0
            ? refined.Network
            : _model.Planner.Plan(
                refined.Ranges,
                refined.Means,
                inFloat.SelectMany(name => _nodes[name].Nodes.Append(_nodes[name].Node)).Select(node => node.DisplayName()),
                Reason);
    }

    private static string[] Key(SearchedModel model)
    {
        var (request, network) = (model.Request, model.Refined.Network);
        return
        [
            typeof(EvaluatedNetworks).Assembly.GetName().Version!.ToString(),
            ModelDigest.Of(model.Loaded),
            model.Planner.Observed.Digest,
            // the recipe: all that was chosen before is in the network with everything in integers
            ModelDigest.Of(network.Quantized),
            FormattableString.Invariant(
                $"{request.Precision.Name} {ProfileOf(request)} {request.PerChannel} {request.SymmetricActivations} {request.RoundChains} {request.For}"),
            ObservedModel.OnnxRuntime,
            ObservedModel.Processor,
        ];
    }

    private static string ProfileOf(QuantizeRequest request)
    {
        if (request.Profile is not { } profile)
            return "usual";
        using var bytes = new MemoryStream();
        ProfileFile.Write(bytes, profile);
        return Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()));
    }
}

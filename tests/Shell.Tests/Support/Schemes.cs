using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Preparation;

namespace Shell.Tests.Support;

/// <summary>Models as they are judged, and what can be done to their channels.</summary>
internal static class Schemes
{
    /// <summary>What is observed where nothing is.</summary>
    internal static readonly Observations Nothing = new(0, [], new Dictionary<string, RangeHistory>(), new Dictionary<string, RowMaxima>(), []);

    internal static Scheme Of(ModelBuilder model) => Of(model.Build());

    internal static Scheme Of(OnnxModel model) =>
        Scheme.Build(ModelPreparation.Prepare(model), symmetric: false, new Dictionary<string, string>());

    /// <summary>Factors for every class of channels that can be multiplied.</summary>
    internal static IReadOnlyList<ChannelFactors> Factors(Scheme scheme, Func<int, int> bits) =>
    [
        .. new ChannelAxes(scheme, ChannelTie.Factor).Makers.Where(maker => !maker.Class.IsFixed).DistinctBy(maker => maker.Class.Whole)
            .Select(maker => new ChannelFactors(maker.Layer.Output[0], [.. Enumerable.Range(0, maker.Class.Count).Select(bits)])),
    ];
}

using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>What is added to the nearest integers of a layer's weights.</summary>
/// <param name="Added">In the order of the weights.</param>
/// <param name="WeightScale">The weights' scales that it was found for; null where it is for those that the plan has.</param>
internal sealed record RoundedWeights(ImmutableArray<sbyte> Added, Channelwise<double>? WeightScale);

/// <summary>The layers of a model whose weights are not the nearest integers, each called by its first output.</summary>
internal sealed class LayerRoundings
{
    /// <summary>All weights are the nearest integers.</summary>
    internal static readonly LayerRoundings None = new([]);

    internal LayerRoundings(IEnumerable<KeyValuePair<string, RoundedWeights>> layers) => Layers = layers.ToDictionary();

    /// <summary>What is added to weights at the scales that plans have, by the layer's output.</summary>
    internal static LayerRoundings Known(IReadOnlyDictionary<string, ImmutableArray<sbyte>> layers) =>
        new(layers.Select(layer => KeyValuePair.Create(layer.Key, new RoundedWeights(layer.Value, null))));

    /// <summary>The layers.</summary>
    internal IReadOnlyDictionary<string, RoundedWeights> Layers { get; }

    /// <summary>Of these layers alone.</summary>
    internal LayerRoundings Of(IEnumerable<NodeProto> layers) => new(Layers.IntersectBy(layers.Select(NameOf), layer => layer.Key));

    /// <summary>Whether a layer is one of them.</summary>
    internal bool Has(NodeProto layer) => Layers.ContainsKey(NameOf(layer));

    /// <summary>What is added to the weights of a layer, where it is one of them.</summary>
    internal bool TryFind(NodeProto layer, [NotNullWhen(true)] out RoundedWeights? rounded) =>
        Layers.TryGetValue(NameOf(layer), out rounded);

    /// <summary>Of layers with the nearest integers those in which others have a smaller error by second moments.</summary>
    /// <param name="layers">The layers, each with what was seen of its inputs.</param>
    /// <param name="corrected">Whether a bias takes the mean error of a layer away.</param>
    internal static LayerRoundings Of(
        IReadOnlyList<(PlannedLayer Layer, LayerMoments Moments)> layers, Func<NodeProto, bool> corrected)
    {
        var found = new RoundedWeights?[layers.Count];
        Parallel.For(0, layers.Count, i => found[i] = Of(layers[i].Layer, layers[i].Moments, corrected(layers[i].Layer.Node.Node)));
        return new(layers.Zip(found, (layer, rounded) => (Name: NameOf(layer.Layer.Node.Node), Rounded: rounded))
            .Where(layer => layer.Rounded is not null)
            .Select(layer => KeyValuePair.Create(layer.Name, layer.Rounded!)));
    }

    private static RoundedWeights? Of(PlannedLayer layer, LayerMoments moments, bool isCorrected)
    {
        var groups = new List<IReadOnlyList<SecondMoments>>();
        foreach (var seen in moments.Groups)
        {
            // moments of so few rows are worse than none
            if (seen.Rows < seen.MostTogether || !seen.TryGet(out var blocks, out _, aboutMeans: isCorrected))
                return null;
            groups.Add([.. blocks]);
        }

        return FSharp.LayerRounding.ofMoments(LayerPlans.Weights(layer.Node.Layer!, ""), groups, layer.Plan).TryOpen(out var rounded, out _)
            && rounded is { Changed: > 0, Rounding: WeightRounding.Differences differences }
                ? new RoundedWeights(differences.Added, layer.Plan.Plan.WeightScale)
                : null;
    }

    private static string NameOf(NodeProto layer) => layer.Output[0];
}

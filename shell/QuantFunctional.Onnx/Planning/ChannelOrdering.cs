using System.Collections.Immutable;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>A model with channels in another order.</summary>
/// <param name="Model">The model.</param>
/// <param name="Observed">What the samples showed of it.</param>
/// <param name="Readers">The names of the layers that add products of such channels in pairs.</param>
/// <param name="Orders">The orders.</param>
internal sealed record OrderedModel(OnnxModel Model, Observations Observed, IReadOnlySet<string> Readers, IReadOnlyList<OrderedChannels> Orders);

/// <summary>
/// Brings channels into an order in which safe pairs of products cost the least. Producers' outputs and readers' inputs are
/// permuted together, so that the float model computes the same but for the order of its sums.
/// </summary>
internal sealed class ChannelOrdering
{
    private readonly Scheme _scheme;
    private readonly HashSet<string> _readers = [];
    private readonly Dictionary<ChannelClass, ImmutableArray<int>> _orders = new(ReferenceEqualityComparer.Instance);

    private ChannelOrdering(Scheme scheme) => _scheme = scheme;

    /// <summary>The model of a scheme with its channels in a better order; null where none is found.</summary>
    internal static OrderedModel? Of(Scheme scheme, Observations observed, PlanOptions options, CancellationToken cancel)
    {
        if (options.Profile.Products == ProductSums.InFull)
            return null;
        var axes = new ChannelAxes(scheme);
        var ordering = new ChannelOrdering(scheme);
        foreach (var one in axes.Constants.SelectMany(constant => constant.Channels.Runs).Select(run => run.Class.Whole).Distinct().ToList())
        {
            cancel.ThrowIfCancellationRequested();
            if (!one.IsFixed)
                ordering.Search(one, axes, options);
        }

        return ordering._orders.Count == 0
            ? null
            : new OrderedModel(ordering.Permuted(axes), ordering.Permuted(observed, axes), ordering._readers, ordering.Orders(axes));
    }

    /// <summary>A form of a model with its channels in orders that are known; null, with the first that it cannot have, where it is none.</summary>
    internal static ModelForm? Applied(Scheme scheme, ModelForm form, IReadOnlyList<OrderedChannels> orders, out OrderedChannels? misfit)
    {
        misfit = null;
        if (orders.Count == 0)
            return form;
        var axes = new ChannelAxes(scheme);
        var ordering = new ChannelOrdering(scheme);
        misfit = orders.FirstOrDefault(order => !ordering.TryTake(order, axes));
        return misfit is not null
            ? null
            : form with { Model = ordering.Permuted(axes), Observed = ordering.Permuted(form.Observed, axes), Orders = orders };
    }

    /// <summary>Takes an order; false where there are no such channels, or something hangs on theirs.</summary>
    private bool TryTake(OrderedChannels order, ChannelAxes axes) =>
        axes.MadeBy(order.Output) is { IsFixed: false } made
        && order.Order.Order().SequenceEqual(Enumerable.Range(0, made.Count))
        && _orders.TryAdd(made.Whole, order.Order);

    /// <summary>The orders, each by the first layer that makes such channels.</summary>
    private IReadOnlyList<OrderedChannels> Orders(ChannelAxes axes) =>
    [
        .. axes.Makers
            .Where(maker => _orders.ContainsKey(maker.Class.Whole))
            .DistinctBy(maker => maker.Class.Whole)
            .Select(maker => new OrderedChannels(maker.Layer.Output[0], _orders[maker.Class.Whole])),
    ];

    private void Search(ChannelClass one, ChannelAxes axes, PlanOptions options)
    {
        var layers = _scheme.Layers
            .Select(layer => (Name: layer.Node.DisplayName(), Reader: Reader(layer.Layer!, one, axes, options)))
            .Where(layer => layer.Reader is not null)
            .ToList();
        if (layers.Count == 0 || FSharp.ChannelOrder.search(layers.Select(layer => layer.Reader!)) is not { } found || found.After >= found.Before)
            return;
        _orders[one] = found.Order;
        _readers.UnionWith(layers.Select(layer => layer.Name));
    }

    /// <summary>A layer that adds products of the channels in pairs, as the orders that are found already leave it.</summary>
    private OrderedReader? Reader(FoundLayer layer, ChannelClass one, ChannelAxes axes, PlanOptions options)
    {
        if (axes.ReadBy(layer.Node) is not { } read || LayerGeometry.Groups(layer.Node) > 1)
            return null;
        var inputs = new List<int>[one.Count];
        var at = 0;
        foreach (var run in read.Runs)
        {
            for (var i = 0; ReferenceEquals(run.Class.Whole, one) && i < run.Elements; i++)
                (inputs[i / run.Length] ??= []).Add(at + i);
            at += run.Elements;
        }

        if (inputs.Any(places => places is null))
            return null;
        var inputAxis = 1 - layer.ChannelAxis;
        var weights = FSharp.WeightView
            .create(
                layer.Layout, 1, layer.Weight.Dims.Select(size => (int)size),
                Gathered(layer.Values, layer.Weight.Dims, inputAxis, Places(read with { Axis = inputAxis })))
            .OpenOrThrow(layer.Node.DisplayName(), _scheme.Model.Path, layer.Node.DisplayName());
        return FSharp.PairOrder.productSums(options.Profile, ActivationPath.Int8, weights.Shape) == ProductSums.InFull
            ? null
            : new OrderedReader(weights, [.. inputs.Select(places => places.ToImmutableArray())], options.PerChannel);
    }

    private OnnxModel Permuted(ChannelAxes axes)
    {
        var graph = new GraphEditor(_scheme.Model.Clone());
        var nodes = graph.Graph.Node.Where(node => node.Output.Count > 0).ToDictionary(node => node.Output[0]);
        var moved = axes.Constants
            .Where(constant => constant.Channels.Runs.Any(run => _orders.ContainsKey(run.Class.Whole)))
            .GroupBy(constant => (constant.Node.Output[0], constant.Input));
        foreach (var constants in moved)
        {
            var node = nodes[constants.Key.Item1];
            var tensor = _scheme.Index.Initializer(node.Input[constants.Key.Input])!;
            var values = TensorData.Floats(tensor);
            foreach (var constant in constants)
                values = Gathered(values, tensor.Dims, constant.Channels.Axis, Places(constant.Channels));
            node.Input[constants.Key.Input] = graph.AddInitializer(TensorData.Make($"{tensor.Name}_ordered", tensor.Dims, values.AsSpan()));
        }

        DeadCode.Remove(graph);
        return graph.Model;
    }

    /// <summary>The means of what layers read, which lie in the order of the channels.</summary>
    private Observations Permuted(Observations observed, ChannelAxes axes) => observed with
    {
        LayerInputs = _scheme.Layers
            .Where(layer => observed.LayerInputs.ContainsKey(layer.Node.Output[0]))
            .ToDictionary(layer => layer.Node.Output[0], layer =>
            {
                var means = observed.LayerInputs[layer.Node.Output[0]];
                return axes.ReadBy(layer.Node) is { } read ? Gathered(means, [read.Elements, means.Length / read.Elements], 0, Places(read)) : means;
            }),
    };

    /// <summary>For each place of an axis the element that comes to stand there.</summary>
    private int[] Places(ChannelAxis channels)
    {
        var places = new int[channels.Elements];
        var at = 0;
        foreach (var run in channels.Runs)
        {
            var isMoved = _orders.TryGetValue(run.Class.Whole, out var order);
            for (var i = 0; i < run.Elements; i++)
                places[at + i] = at + (isMoved ? (order[i / run.Length] * run.Length) + (i % run.Length) : i);
            at += run.Elements;
        }

        return places;
    }

    private static T[] Gathered<T>(T[] values, IReadOnlyList<long> dims, int axis, int[] places)
    {
        var behind = (int)Shapes.Behind(dims, axis);
        var gathered = new T[values.Length];
        for (var from = 0; from < values.Length; from += places.Length * behind)
        {
            for (var i = 0; i < places.Length; i++)
                Array.Copy(values, from + (places[i] * behind), gathered, from + (i * behind), behind);
        }

        return gathered;
    }
}

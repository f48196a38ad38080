using System.Collections.Immutable;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Multiplies the narrow parts of a Concat that ends in layers by powers of two, and divides the layers' weights for them by the
/// same: the float model stays what it is, bit for bit, and one encoding leaves every part its steps.
/// </summary>
/// <remarks>
/// As in cross-layer equalization (Nagel et al. 2019, arXiv:1906.04721), the factor is shared between activations and weights, so that
/// weights that grow small do not lose what the activations gain.
/// </remarks>
internal sealed class JoinEqualization
{
    // so many more bits no part needs, and no weight loses by them
    private const int MostBits = 16;

    private readonly Scheme _scheme;
    private readonly GraphEditor _graph;
    private readonly Dictionary<string, RangeHistory> _tensors;
    private readonly Dictionary<string, double[]> _layerInputs;

    private JoinEqualization(Scheme scheme, Observations observed)
    {
        _scheme = scheme;
        _graph = new GraphEditor(scheme.Model.Clone());
        _tensors = observed.Tensors.ToDictionary();
        _layerInputs = observed.LayerInputs.ToDictionary();
    }

    /// <summary>The Concats that gain by it, and by how many bits each part is raised.</summary>
    internal static IReadOnlyList<RaisedJoin> Wanted(Scheme scheme, Observations observed) =>
    [
        .. ConcatParts.Unlike(scheme, observed)
            .Where(parts => Fits(scheme, parts))
            .Select(parts => new RaisedJoin(parts.Join.Outputs[0], Bits(parts, Layers(scheme, parts)!, Sizes(scheme, parts)!)))
            .Where(join => join.Bits.Any(bits => bits > 0)),
    ];

    /// <summary>Whether the model of a scheme has such a Concat, of which parts can be raised so.</summary>
    internal static bool Fits(Scheme scheme, Observations observed, RaisedJoin join) =>
        join.Bits.All(bits => bits is >= 0 and <= MostBits)
        && JoinOf(scheme, join) is { } node
        && node.Inputs.Count == join.Bits.Length
        && Fits(scheme, new ConcatParts(scheme, observed, node));

    /// <summary>The model of a scheme, and what is observed of it, with the parts of some Concats raised.</summary>
    internal static ModelForm Applied(Scheme scheme, Observations observed, IReadOnlyList<RaisedJoin> joins)
    {
        if (joins.Count == 0)
            return new ModelForm(scheme.Model, observed);
        var equalization = new JoinEqualization(scheme, observed);
        foreach (var join in joins)
        {
            var parts = new ConcatParts(scheme, observed, JoinOf(scheme, join)!);
            equalization.Apply(parts, Layers(scheme, parts)!, Sizes(scheme, parts)!, join.Bits);
        }

        equalization._graph.SortNodes();
        var seen = observed with
        {
            Tensors = equalization._tensors,
            Ranges = Observations.RangesOf(equalization._tensors),
            LayerInputs = equalization._layerInputs,
        };
        return new ModelForm(equalization._graph.Model, seen) { Joins = joins };
    }

    private static IntegerNode? JoinOf(Scheme scheme, RaisedJoin join) =>
        scheme.Integers.FirstOrDefault(node => node.Kernel == IntegerKernel.Joins && node.Outputs[0] == join.Output);

    private static bool Fits(Scheme scheme, ConcatParts parts) => Layers(scheme, parts) is not null && Sizes(scheme, parts) is not null;

    /// <summary>The layers that the result ends in; null where it ends elsewhere, too, or its channels are no longer in order.</summary>
    private static IReadOnlyList<FoundLayer>? Layers(Scheme scheme, ConcatParts parts)
    {
        if (parts.IsOutput || parts.Readers.Count == 0 || parts.After.Any(node => node.Node.OpType is not ("MaxPool" or "Resize")))
            return null;
        var layers = parts.Readers.Select(reader => scheme.IntegerForm(reader)?.Layer).ToList();
        var axis = Axis(scheme, parts);
        var rank = scheme.Dims(parts.Join.Outputs[0])?.Count;
        var fit = layers.All(layer => layer is not null && (layer.Node.OpType == "Conv"
            ? axis == 1 && LayerGeometry.Groups(layer.Node) == 1
            : parts.After.Count == 0 && axis is not null && axis == rank - 1));
        return fit ? [.. layers.OfType<FoundLayer>()] : null;
    }

    private static long? Axis(Scheme scheme, ConcatParts parts)
    {
        var axis = parts.Join.Node.GetInt("axis", 0);
        return axis >= 0 ? axis : axis + scheme.Dims(parts.Join.Outputs[0])?.Count;
    }

    /// <summary>How many channels each part has; null where that is not known.</summary>
    private static IReadOnlyList<long>? Sizes(Scheme scheme, ConcatParts parts)
    {
        if (Axis(scheme, parts) is not { } axis)
            return null;
        var sizes = parts.Join.Inputs.Select(part => scheme.Dims(part) is { } dims && axis < dims.Count ? dims[(int)axis] : -1).ToList();
        var areApart = parts.Join.Inputs.Distinct().Count() == sizes.Count
            && parts.Join.Inputs.All(part => scheme.Index.Initializer(part) is null);
        return areApart && sizes.All(size => size > 0) ? sizes : null;
    }

    /// <summary>By how many bits each part is raised: half of what it lacks, and half of what its weights have to give.</summary>
    private static ImmutableArray<int> Bits(ConcatParts parts, IReadOnlyList<FoundLayer> readers, IReadOnlyList<long> sizes)
    {
        var weights = new double[sizes.Count];
        foreach (var reader in readers)
        {
            for (var i = 0; i < reader.Values.Length; i++)
                weights[PartOf(reader, i, sizes)] = Math.Max(weights[PartOf(reader, i, sizes)], Math.Abs((double)reader.Values[i]));
        }

        var widest = weights[Enumerable.Range(0, sizes.Count).MaxBy(part => parts.Widths[part])];
        return [.. parts.Widths.Select((width, part) =>
        {
            if (width == 0 || widest == 0 || weights[part] == 0)
                return 0;
            var lacking = parts.Whole / width;
            var shared = lacking * weights[part] / widest;
            return shared < 1 ? 0 : Math.Min(Math.Min(Math.ILogB(shared) / 2, Math.ILogB(lacking)), MostBits);
        })];
    }

    private static int PartOf(FoundLayer reader, int weight, IReadOnlyList<long> sizes)
    {
        // O·I·K… of a convolution and of a transposed matrix, I·O of a matrix
        var inputAxis = 1 - reader.ChannelAxis;
        var input = weight / Shapes.Behind(reader.Weight.Dims, inputAxis) % reader.Weight.Dims[inputAxis];
        var part = 0;
        for (; input >= sizes[part]; part++)
            input -= sizes[part];
        return part;
    }

    private void Apply(ConcatParts parts, IReadOnlyList<FoundLayer> readers, IReadOnlyList<long> sizes, ImmutableArray<int> bits)
    {
        var join = _graph.Graph.Node.Single(node => node.Output.FirstOrDefault() == parts.Join.Node.Output[0]);
        for (var part = 0; part < bits.Length; part++)
        {
            if (bits[part] > 0 && !TryRaiseMaker(parts.Join, parts.Join.Inputs[part], bits[part]))
                join.Input[part] = Multiplied(parts.Join.Inputs[part], bits[part]);
        }

        foreach (var reader in readers)
        {
            var node = NodeOf(reader.Node);
            node.Input[1] = Scaled(node.Input[1], i => -bits[PartOf(reader, i, sizes)]);
            RaiseInputs(reader.Node.Output[0], sizes, bits);
        }

        _tensors[parts.Join.Outputs[0]] = RangeHistory.OfParts([.. join.Input.Select(History)]);
    }

    /// <summary>The means of what a layer reads, of which each part is a power of two times what it was.</summary>
    private void RaiseInputs(string layer, IReadOnlyList<long> sizes, ImmutableArray<int> bits)
    {
        if (!_layerInputs.TryGetValue(layer, out var means))
            return;
        var places = means.Length / sizes.Sum();
        var raised = bits.SelectMany((bit, part) => Enumerable.Repeat(bit, (int)(sizes[part] * places))).ToArray();
        _layerInputs[layer] = [.. means.Select((mean, i) => Math.ScaleB(mean, raised[i]))];
    }

    /// <summary>Raises the weights and biases of the layer that makes a part for this Concat alone.</summary>
    private bool TryRaiseMaker(IntegerNode join, string part, int bits)
    {
        var producer = _scheme.Index.Producer(part);
        var maker = _scheme.Layers.FirstOrDefault(layer => layer.Outputs[0] == part);
        if (maker is null || producer is null || _scheme.Index.SoleConsumer(part) != join.Node)
            return false;
        var layer = maker.Layer!;
        if (!producer.Is("Relu") && !layer.Nodes.Contains(producer))
            return false;
        if (producer.Is("Relu") && _scheme.Index.SoleConsumer(producer.Input[0]) is null)
            return false;

        var node = NodeOf(layer.Node);
        node.Input[1] = Scaled(node.Input[1], _ => bits);
        if (layer.Sum is { } sum)
        {
            var add = NodeOf(sum);
            var at = add.Input[0] == node.Output[0] ? 1 : 0;
            add.Input[at] = Scaled(add.Input[at], _ => bits);
        }
        else if (layer.Bias.Length > 0)
        {
            node.Input[2] = Scaled(node.Input[2], _ => bits);
        }

        _tensors[part] = _tensors[part].Raised(bits);
        return true;
    }

    /// <summary>A constant as it is by now, each element times a power of two.</summary>
    private string Scaled(string constant, Func<int, int> bitsOf)
    {
        var tensor = _graph.Graph.Initializer.Single(one => one.Name == constant);
        var values = TensorData.Floats(tensor).Select((value, i) => MathF.ScaleB(value, bitsOf(i))).ToArray();
        return _graph.AddInitializer(TensorData.Make($"{constant}_equalized", tensor.Dims, values.AsSpan()));
    }

    /// <summary>The part times a power of two, by a node of its own.</summary>
    private string Multiplied(string part, int bits)
    {
        var factor = _graph.AddInitializer(TensorData.Make($"{part}_factor", [], new[] { (float)Math.ScaleB(1, bits) }.AsSpan()));
        var output = _graph.FreshName($"{part}_equalized");
        _graph.Graph.Node.Add(new NodeProto { OpType = "Mul", Name = output, Input = { part, factor }, Output = { output } });
        _graph.Changed();
        _tensors[output] = History(part).Raised(bits);
        return output;
    }

    private RangeHistory History(string part) =>
        _tensors[MovedTensors.Observed(part, _graph.Index, _tensors.ContainsKey)
            ?? throw new InvalidOperationException($"The part '{part}' was not observed.")];

    private NodeProto NodeOf(NodeProto node) => _graph.Graph.Node.Single(one => one.Output.FirstOrDefault() == node.Output[0]);
}

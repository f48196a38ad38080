using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Judging;

/// <summary>What of a prepared model runs in integers, and what stays in float and why.</summary>
internal sealed class Scheme
{
    private readonly Dictionary<NodeProto, IntegerNode> _integers = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<NodeProto> _absorbed = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<NodeProto, string> _floats = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, IntegerNode> _makers = [];
    private readonly TensorFacts _facts;
    private readonly bool _symmetric;

    private Scheme(OnnxModel model, bool symmetric)
    {
        Model = model;
        Index = new GraphIndex(model.Graph);
        Inner = new InnerLayers(model.Proto);
        _facts = TensorFacts.Infer(model);
        _symmetric = symmetric;
    }

    /// <summary>Nothing judged yet, of the same model.</summary>
    private Scheme(Scheme same) =>
        (Model, Index, Inner, _facts, _symmetric) = (same.Model, same.Index, same.Inner, same._facts, same._symmetric);

    internal OnnxModel Model { get; }

    internal GraphIndex Index { get; }

    /// <summary>The layers that nodes of the graph hold inside them.</summary>
    internal InnerLayers Inner { get; }

    /// <summary>The nodes that run in integers, in the order of the data.</summary>
    internal IEnumerable<IntegerNode> Integers =>
        Index.TopologicalOrder.Where(_integers.ContainsKey).Select(node => _integers[node]);

    /// <summary>The layers among them.</summary>
    internal IEnumerable<IntegerNode> Layers => Integers.Where(node => node.Layer is not null);

    /// <summary>The nodes with real data that stay in float, in the order of the data, each with its reason.</summary>
    internal IEnumerable<(NodeProto Node, string Reason)> Floats =>
        Index.TopologicalOrder.Where(_floats.ContainsKey).Select(node => (node, _floats[node]));

    /// <summary>Whether the node before it does it: a Relu or Clip by saturation, an Add of a bias by its layer.</summary>
    internal bool IsAbsorbed(NodeProto node) => _absorbed.Contains(node);

    /// <summary>The integer form of a node, or null.</summary>
    internal IntegerNode? IntegerForm(NodeProto node) => _integers.GetValueOrDefault(node);

    /// <summary>The node that writes a tensor in integers, or null.</summary>
    internal IntegerNode? MakerOf(string tensor) => _makers.GetValueOrDefault(tensor);

    /// <summary>Whether a node that runs in integers writes the tensor.</summary>
    internal bool IsWrittenInIntegers(string tensor) => _makers.ContainsKey(tensor);

    /// <summary>
    /// The bounds of the Relu or Clip that whoever made a tensor does by saturation, also where it was moved since; null where
    /// there is none.
    /// </summary>
    internal (float Low, float High)? BoundsOf(string tensor)
    {
        while (Index.Producer(tensor) is { } maker)
        {
            if ((maker.Is("Relu") || maker.Is("Clip")) && IsAbsorbed(maker))
                return Bounds(maker);
            if (IntegerForm(maker) is not { Kernel: IntegerKernel.Moves } form)
                return null;
            tensor = form.Inputs[0];
        }

        return null;
    }

    /// <summary>The sizes of a tensor's axes but for batch and channels, -1 where not known; empty where none is.</summary>
    internal IReadOnlyList<long> SpatialSizes(string tensor) =>
        _facts.TryGet(tensor, out var fact) ? [.. fact.Dims.Skip(2)] : [];

    /// <summary>A tensor's dimensions, -1 where one is not known; null where not even their number is.</summary>
    internal IReadOnlyList<long>? Dims(string tensor)
    {
        if (Index.Initializer(tensor) is { } constant)
            return [.. constant.Dims];
        return _facts.TryGet(tensor, out var fact) && fact.Dims.Count > 0 ? fact.Dims : null;
    }

    /// <summary>Judges every node.</summary>
    /// <param name="model">A prepared model. A Relu that cannot be absorbed becomes a LeakyRelu in it.</param>
    /// <param name="symmetric">Whether activations have the zero point 0, so that saturation is not ReLU.</param>
    /// <param name="kept">Nodes to leave in float by name, with the reason.</param>
    /// <param name="chains">
    /// The names of the nodes of the only chains that there may be, and that are in float as a whole where they cannot be in integers,
    /// since nothing is known of what lies in them; any chains where null.
    /// </param>
    internal static Scheme Build(
        OnnxModel model, bool symmetric, IReadOnlyDictionary<string, string> kept, IReadOnlySet<string>? chains = null)
    {
        var apart = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        for (var scheme = new Scheme(model, symmetric); ; scheme = new Scheme(scheme))
        {
            var open = scheme.JudgeAll(kept, apart, chains);
            if (open.Count == 0)
                return scheme;
            apart.UnionWith(open);
        }
    }

    /// <summary>Judges every node; gives the ends of chains whose result someone reads as real numbers.</summary>
    private List<NodeProto> JudgeAll(IReadOnlyDictionary<string, string> kept, HashSet<NodeProto> apart, IReadOnlySet<string>? known)
    {
        var rules = new KernelRules(Index, _facts, Inner);
        var chains = ElementChain.All(Index, node => (known?.Contains(node.DisplayName()) ?? !kept.ContainsKey(node.DisplayName())) && rules.IsRealPart(node))
            .Where(chain => known is not null || !apart.Contains(chain.Last))
            .ToList();
        var inner = chains.SelectMany(chain => chain.Nodes.Select(node => (node, chain)))
            .ToDictionary(part => part.node, part => part.chain, (IEqualityComparer<NodeProto>)ReferenceEqualityComparer.Instance);
        foreach (var node in Index.TopologicalOrder)
        {
            if (inner.TryGetValue(node, out var chain) && (known is not null || _makers.ContainsKey(chain.Input)))
            {
                JudgeChain(node, chain, kept, apart);
                continue;
            }

            if (kept.TryGetValue(node.DisplayName(), out var why))
                _floats[node] = why;
            else if (node.Is("Relu") || node.Is("Clip"))
                JudgeRectifier(node);
            else if (Whole(node, rules) is { } layer)
                Absorb(node, layer);
            else if (rules.Judge(node) is var (integer, reason) && integer is not null)
                Accept(integer);
            else if (reason is not null)
                _floats[node] = reason;
        }

        foreach (var node in Index.TopologicalOrder.Where(node => !kept.ContainsKey(node.DisplayName())))
            JudgeBetween(node, rules);
        return [.. chains.Select(chain => chain.Last).Where(last => _integers.ContainsKey(last) && !IsBetween(last.Output[0]))];
    }

    private void JudgeChain(NodeProto node, ElementChain chain, IReadOnlyDictionary<string, string> kept, HashSet<NodeProto> apart)
    {
        var why = chain.Nodes.Select(one => kept.GetValueOrDefault(one.DisplayName())).FirstOrDefault(reason => reason is not null)
            ?? (!_makers.ContainsKey(chain.Input) ? "it reads real numbers, and would round them for each operator"
                : apart.Contains(chain.Last) ? "it belongs to operators whose result is read as real numbers" : null);
        if (why is not null)
            _floats[node] = why;
        else if (!ReferenceEquals(node, chain.Last))
            _absorbed.Add(node);
        else
            Accept(new IntegerNode(node, IntegerKernel.Table, [chain.Input], [node.Output[0]], Chain: chain));
    }

    /// <summary>Whether integers alone read a tensor.</summary>
    private bool IsBetween(string output) => !Index.IsGraphOutput(output)
        && Index.Consumers(output) is { Count: > 0 } readers
        && readers.All(reader => _integers.ContainsKey(reader) || _absorbed.Contains(reader));

    /// <summary>What stands alone between integers gives integers itself; of several in a row each would round.</summary>
    private void JudgeBetween(NodeProto node, KernelRules rules)
    {
        if (!_floats.ContainsKey(node) || rules.BetweenIntegers(node) is not { } form)
            return;
        var reads = form.Inputs.Where(input => Index.Initializer(input) is null).ToList();
        var output = node.Output[0];
        if (reads.Count == 0 || !reads.All(_makers.ContainsKey) || !IsBetween(output))
            return;
        _floats.Remove(node);
        Accept(form);
    }

    private void Accept(IntegerNode node)
    {
        _integers[node.Node] = node;
        foreach (var output in node.Outputs)
            _makers[output] = node;
    }

    private void Absorb(NodeProto node, IntegerNode into)
    {
        _absorbed.Add(node);
        foreach (var input in node.Input)
            _makers.Remove(input);
        Accept(into);
    }

    private IntegerNode? Whole(NodeProto sum, KernelRules rules) => sum.Input
        .Select(input => _makers.TryGetValue(input, out var maker) ? rules.WithBias(maker, sum) : null)
        .FirstOrDefault(layer => layer is not null);

    /// <summary>
    /// A Relu or Clip vanishes into the saturation of the node that makes its input. Where it cannot, one whose lower
    /// bound is 0 runs as a LeakyRelu of slope 0, which ONNX Runtime has in integers; Relu it has not.
    /// </summary>
    private void JudgeRectifier(NodeProto node)
    {
        var input = node.Input[0];
        var (low, high) = Bounds(node);
        if (!_makers.TryGetValue(input, out var maker))
        {
            _floats[node] = "its input is in float, and ONNX Runtime has no integer kernel for it";
            return;
        }

        var alone = Index.SoleConsumer(input) is not null;
        var boundsZero = low <= 0 && high >= 0;
        if (maker.Kernel is IntegerKernel.Layer or IntegerKernel.Requantizes && alone && boundsZero
            && (!_symmetric || -low == high))
        {
            Absorb(node, maker with { Outputs = [node.Output[0]] });
        }
        else if (low == 0 && high > 0)
        {
            Accept(new IntegerNode(node, IntegerKernel.Requantizes, [input], [node.Output[0]]));
        }
        else
        {
            _floats[node] = "no integer kernel in ONNX Runtime for these bounds";
        }
    }

    // no comparison holds for a bound that is computed
    private (float Low, float High) Bounds(NodeProto node) => ActivationBounds.Of(node, Index) ?? (float.NaN, float.NaN);
}

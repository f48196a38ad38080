using System.Text.RegularExpressions;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>What the products of a model are there for: by their names, else by what stands around them.</summary>
internal sealed partial class ProductRoles
{
    private static readonly HashSet<string> Views =
        ["Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"];

    private static readonly HashSet<string> Movers =
        [.. Views, "Add", "Concat", "Expand", "Gather", "Slice", "Split", "Tile", "Transpose"];

    private static readonly HashSet<string> EndsOfScores = [.. Views, "Add", "Clip", "LogSoftmax", "Sigmoid", "Softmax", "Tanh"];

    private static readonly HashSet<string> Attentions = ["Attention", "GroupQueryAttention", "MultiHeadAttention"];

    private static readonly HashSet<string> Activations =
    [
        "BiasGelu", "Elu", "FastGelu", "Gelu", "HardSwish", "LeakyRelu", "QuickGelu", "Relu", "Silu", "Swish", "Tanh",
    ];

    private readonly GraphIndex _index;
    private readonly Dictionary<NodeProto, FoundLayer> _products;
    private readonly IReadOnlyList<string> _outputs;

    internal ProductRoles(OnnxModel model, IReadOnlyList<FoundLayer> products)
    {
        _index = new GraphIndex(model.Graph);
        _products = new(products.Select(product => KeyValuePair.Create(product.Node, product)), ReferenceEqualityComparer.Instance);
        _outputs = [.. model.Graph.Output.Select(output => output.Name)];
    }

    /// <summary>The products whose results are outputs of the model, with a bias, a scale or a softmax after them at most.</summary>
    internal IReadOnlyList<FoundLayer> Heads => Behind(_outputs, node =>
        EndsOfScores.Contains(node.OpType) ? node.Input : ScaledOnly(node));

    /// <summary>The products that make the values of an attention.</summary>
    internal IReadOnlyList<FoundLayer> Values => Named(ValueName()) is { Count: > 0 } named
        ? named
        : Behind(_index.TopologicalOrder.SelectMany(ValuesOf), node => Movers.Contains(node.OpType) ? node.Input : []);

    /// <summary>The products that end a feed-forward part: fewer outputs than inputs, which are activations.</summary>
    internal IReadOnlyList<FoundLayer> Downs => Named(DownName()) is { Count: > 0 } named
        ? named
        : [.. _products.Values.Where(product => Inputs(product) > product.Channels && IsActivation(product.Node.Input[0]))];

    private static long Inputs(FoundLayer product) => product.Weight.Dims[1 - product.ChannelAxis];

    private List<FoundLayer> Named(Regex name) =>
        [.. _products.Values.Where(product => name.IsMatch(product.Node.DisplayName()) || name.IsMatch(product.Weight.Name))];

    private IEnumerable<string> ValuesOf(NodeProto node)
    {
        if (Attentions.Contains(node.OpType))
        {
            // without values of their own they are in what the queries are in
            var values = node.InputOrEmpty(2);
            return [values.Length > 0 ? values : node.Input[0]];
        }

        var isWeighted = node.Is("MatMul") && !_products.ContainsKey(node) && IsOfSoftmax(node.Input[0]);
        return isWeighted ? [node.Input[1]] : [];
    }

    private bool IsOfSoftmax(string tensor)
    {
        while (_index.Producer(tensor) is { } node)
        {
            if (node.Is("Softmax"))
                return true;
            if (!Views.Contains(node.OpType) && node.OpType is not ("Dropout" or "Transpose"))
                return false;
            tensor = node.Input[0];
        }

        return false;
    }

    private bool IsActivation(string tensor)
    {
        while (_index.Producer(tensor) is { } node)
        {
            if (Activations.Contains(node.OpType))
                return true;
            var scaled = Views.Contains(node.OpType) ? [node.Input[0]] : ScaledOnly(node);
            if (scaled.Count == 0)
                return node.Is("Mul") && node.Input.All(input => _index.Initializer(input) is null);
            tensor = scaled[0];
        }

        return false;
    }

    /// <summary>What a node multiplies or divides by one constant number; nothing where it does not.</summary>
    private IReadOnlyList<string> ScaledOnly(NodeProto node)
    {
        if (!node.Is("Mul") && !node.Is("Div"))
            return [];
        var isNumber = node.Input.Select(input => _index.Initializer(input) is { } constant && TensorData.Count(constant) == 1).ToList();
        return isNumber is [false, true] ? [node.Input[0]]
            : isNumber is [true, false] && node.Is("Mul") ? [node.Input[1]]
            : [];
    }

    /// <summary>The products that make some tensors, with nothing after them but what is looked through.</summary>
    private List<FoundLayer> Behind(IEnumerable<string> tensors, Func<NodeProto, IEnumerable<string>> through)
    {
        var found = new List<FoundLayer>();
        var seen = new HashSet<string>();
        var open = new Queue<string>(tensors);
        while (open.TryDequeue(out var tensor))
        {
            if (!seen.Add(tensor) || _index.Producer(tensor) is not { } node)
                continue;
            if (_products.TryGetValue(node, out var product))
                found.Add(product);
            else
                through(node).ToList().ForEach(open.Enqueue);
        }

        return found;
    }

    [GeneratedRegex("(^|[^a-z])v_proj")]
    private static partial Regex ValueName();

    [GeneratedRegex("(^|[^a-z])down_proj")]
    private static partial Regex DownName();
}

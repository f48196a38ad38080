using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Judging;

/// <summary>A real number as float32 arithmetic may have it, and how far that may be from the exact one.</summary>
internal readonly record struct Approximate(double Value, double Error);

/// <summary>
/// Element-wise operators on one tensor and on constants of one element each: a function of one number, as a hard-swish in pieces
/// with a learned scale and shift is.
/// </summary>
/// <param name="Input">The tensor.</param>
/// <param name="Nodes">Two or more operators in the order of the data; only the last one's result is read from outside.</param>
internal sealed record ElementChain(string Input, IReadOnlyList<NodeProto> Nodes)
{
    private static readonly HashSet<string> Binary = ["Add", "Sub", "Mul", "Div", "Max", "Min"];

    /// <summary>The last node, which makes the result.</summary>
    internal NodeProto Last => Nodes[^1];

    /// <summary>All chains of a graph, each as long as it can be, none of which shares a node with another.</summary>
    /// <param name="index">The graph.</param>
    /// <param name="mayBePart">Whether a node may be part of one.</param>
    internal static IReadOnlyList<ElementChain> All(GraphIndex index, Func<NodeProto, bool> mayBePart)
    {
        var chains = new List<ElementChain>();
        var taken = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in index.TopologicalOrder.Reverse().Where(node => !taken.Contains(node)))
        {
            if (To(node, index, one => !taken.Contains(one) && mayBePart(one), _ => false) is not { } chain)
                continue;
            chains.Add(chain);
            taken.UnionWith(chain.Nodes);
        }

        return chains;
    }

    /// <summary>The longest chain that ends in a node; null where there is none of two nodes.</summary>
    /// <param name="last">The node.</param>
    /// <param name="index">The graph.</param>
    /// <param name="mayBePart">Whether a node may be part of it.</param>
    /// <param name="mustBegin">Whether the chain begins with a tensor if it comes to it.</param>
    internal static ElementChain? To(NodeProto last, GraphIndex index, Func<NodeProto, bool> mayBePart, Func<string, bool> mustBegin)
    {
        var begins = new HashSet<string>();
        while (true)
        {
            var nodes = Before(last, index, tensor => !begins.Contains(tensor) && !mustBegin(tensor), mayBePart);
            if (nodes.Count < 2)
                return null;
            var inputs = new Dictionary<string, HashSet<string>>();
            foreach (var node in nodes)
                inputs[node.Output[0]] = [.. Data(node, index)!.SelectMany(tensor => inputs.GetValueOrDefault(tensor) ?? [tensor])];
            // outside is what reads several tensors, what others read too, and a rectifier at the beginning, which saturation does
            var outside = nodes.SkipLast(1).LastOrDefault(node => inputs[node.Output[0]].Count > 1 || IsReadOutside(node))
                ?? (nodes[0].OpType is "Relu" or "Clip" && nodes.Count(node => node.Input.Contains(nodes[0].Input[0])) == 1 ? nodes[0] : null);
            if (outside is null)
                return inputs[last.Output[0]] is { Count: 1 } one ? new ElementChain(one.Single(), nodes) : null;
            begins.Add(outside.Output[0]);

            bool IsReadOutside(NodeProto node) => index.IsGraphOutput(node.Output[0]) || !index.Consumers(node.Output[0]).All(nodes.Contains);
        }
    }

    /// <summary>The node and the element-wise operators before it, in the order of the data.</summary>
    private static List<NodeProto> Before(NodeProto last, GraphIndex index, Func<string, bool> isInside, Func<NodeProto, bool> mayBePart)
    {
        var nodes = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var open = new Stack<NodeProto>(mayBePart(last) && Data(last, index) is not null ? [last] : []);
        while (open.TryPop(out var node))
        {
            if (!nodes.Add(node))
                continue;
            foreach (var maker in Data(node, index)!.Where(isInside).Select(index.Producer).OfType<NodeProto>().Where(mayBePart))
            {
                if (Data(maker, index) is not null)
                    open.Push(maker);
            }
        }

        return nodes.Count < 2 ? [] : [.. index.TopologicalOrder.Where(nodes.Contains)];
    }

    /// <summary>The tensors that an element-wise operator reads beside constants of one element; null for every other node.</summary>
    internal static IReadOnlyList<string>? Data(NodeProto node, GraphIndex index)
    {
        if (!NodeAttributes.IsDefaultDomain(node.Domain) || node.Output.Count != 1 || node.Input.Count == 0)
            return null;
        if (Binary.Contains(node.OpType))
        {
            if (node.Input.Count != 2)
                return null;
            List<string> data = [.. node.Input.Where(input => index.Initializer(input) is null)];
            return data.Count > 0 && node.Input.Except(data).All(constant => One(constant, index) is not null) ? [.. data.Distinct()] : null;
        }

        var isFunction = node.OpType switch
        {
            "Relu" or "Clip" => ActivationBounds.Of(node, index) is not null,
            "Sigmoid" or "LeakyRelu" => true,
            _ => RealFunctions.Of(node, index) is not null,
        };
        return isFunction && index.Initializer(node.Input[0]) is null ? [node.Input[0]] : null;
    }

    /// <summary>The function of the whole chain, in double, with a bound on what float32 makes of it.</summary>
    internal Func<double, Approximate> Function(GraphIndex index)
    {
        var steps = Nodes.Select(node => (node.Output[0], Compute: Step(node, index))).ToList();
        return input =>
        {
            var values = new Dictionary<string, Approximate> { [Input] = new(input, 0) };
            foreach (var (output, compute) in steps)
                values[output] = compute(values);
            return values[Last.Output[0]];
        };
    }

    private static Func<Dictionary<string, Approximate>, Approximate> Step(NodeProto node, GraphIndex index)
    {
        if (!Binary.Contains(node.OpType))
        {
            var function = Unary(node, index);
            return values => values[node.Input[0]] is var (value, error)
                ? Rounded(function(value), Math.Max(
                    Math.Abs(function(value + error) - function(value)), Math.Abs(function(value) - function(value - error))), Float32Function)
                : default;
        }

        var (first, second) = (One(node.Input[0], index), One(node.Input[1], index));
        return values =>
        {
            var (a, b) = (first is { } one ? new(one, 0) : values[node.Input[0]], second is { } other ? new(other, 0) : values[node.Input[1]]);
            return node.OpType switch
            {
                "Add" => Rounded(a.Value + b.Value, a.Error + b.Error, Float32),
                "Sub" => Rounded(a.Value - b.Value, a.Error + b.Error, Float32),
                "Mul" => Rounded(a.Value * b.Value, (Math.Abs(a.Value) * b.Error) + (Math.Abs(b.Value) * a.Error) + (a.Error * b.Error), Float32),
                "Div" => Quotient(a, b),
                "Max" => new(Math.Max(a.Value, b.Value), Math.Max(a.Error, b.Error)),
                _ => new(Math.Min(a.Value, b.Value), Math.Max(a.Error, b.Error)),
            };
        };
    }

    private static Func<double, double> Unary(NodeProto node, GraphIndex index)
    {
        if (ActivationBounds.Of(node, index) is var (low, high))
            return x => Math.Min(Math.Max(x, low), high);
        return node.OpType switch
        {
            "Sigmoid" => RealFunctions.Sigmoid,
            "LeakyRelu" when node.GetFloat("alpha", 0.01f) is var alpha => x => x >= 0 ? x : alpha * x,
            _ => RealFunctions.Of(node, index)!,
        };
    }

    private static Approximate Quotient(Approximate a, Approximate b)
    {
        var least = Math.Abs(b.Value) - b.Error;
        return least <= 0
            ? new(double.NaN, 0)
            : Rounded(a.Value / b.Value, (a.Error + (Math.Abs(a.Value / b.Value) * b.Error)) / least, Float32);
    }

    // a rounding of float32, of which a fused pair of operators may leave one out; and a function that is a few last bits off
    private const double Float32 = 1.0 / (1 << 23);
    private const double Float32Function = 1.0 / (1 << 20);

    private static Approximate Rounded(double value, double error, double relative) => new(value, error + (Math.Abs(value) * relative));

    private static double? One(string tensor, GraphIndex index) =>
        index.Initializer(tensor) is { } constant && TensorData.Type(constant) == TensorProto.Types.DataType.Float && TensorData.Count(constant) == 1
        && constant.Dims.Count <= 1 && TensorData.Floats(constant)[0] is var value && float.IsFinite(value)
            ? value
            : null;
}

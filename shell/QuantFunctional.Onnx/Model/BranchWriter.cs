using QuantFunctional.Onnx.Format;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Model;

/// <summary>Writes the branches of an If from nodes of the graph around it.</summary>
internal sealed class BranchWriter(GraphProto graph, GraphIndex index, FreshNames names, NodeProto choice)
{
    // constants up to this size are copied where others read them, too: fusions look for them beside the node
    private const long SmallBytes = 1024;

    /// <summary>One branch. The nodes are changed; the graph is left without the constants that the branch alone reads.</summary>
    /// <param name="inside">The branch's nodes in their order.</param>
    /// <param name="isThen">The branch of true.</param>
    /// <param name="observed">Float tensors that come out of it beside its outputs.</param>
    /// <param name="before">How many observed tensors of the other branch come before these.</param>
    /// <param name="behind">How many come behind them.</param>
    internal GraphProto Write(List<NodeProto> inside, bool isThen, List<string> observed, int before, int behind)
    {
        var branch = new GraphProto { Name = $"{choice.DisplayName()}_{(isThen ? "then" : "else")}" };
        var here = inside.ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var renamed = observed.ToDictionary(tensor => tensor, tensor => names.Fresh($"{tensor}_inside"));
        foreach (var tensor in inside.SelectMany(GraphWalk.Reads).Distinct().ToList())
        {
            if (index.Initializer(tensor) is { } constant)
                Take(constant);
            else if (index.Producer(tensor) is { } maker && !here.Contains(maker) && IsDequantizer(maker))
                Dequantize(maker);
        }

        foreach (var node in inside)
        {
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = New(node.Input[i]);
            for (var i = 0; i < node.Output.Count; i++)
                node.Output[i] = New(node.Output[i]);
            GraphWalk.RenameReadsInBodies(node, New);
            branch.Node.Add(node);
        }

        foreach (var (output, type) in FlatGraph.Outputs(choice, isThen).Zip(FlatGraph.TypesOf(choice)))
        {
            // ONNX Runtime fills only the last of two outputs of one name, without a word
            var isMade = index.Producer(output) is { } maker && here.Contains(maker);
            var isListed = renamed.ContainsKey(output) || branch.Output.Any(other => other.Name == output);
            branch.Output.Add(FlatGraph.Value(isMade && !isListed ? output : HandedOn(output), (int)type));
        }

        for (var i = 0; i < before; i++)
            branch.Output.Add(Nothing());
        branch.Output.Add(observed.Select(tensor => FlatGraph.Value(New(tensor), (int)DataType.Float)));
        for (var i = 0; i < behind; i++)
            branch.Output.Add(Nothing());
        return branch;

        string New(string tensor) => renamed.GetValueOrDefault(tensor, tensor);

        void Take(TensorProto constant)
        {
            if (index.Consumers(constant.Name).All(here.Contains))
            {
                graph.Initializer.Remove(constant);
                branch.Initializer.Add(constant);
            }
            else if (TensorData.ByteCount(constant) <= SmallBytes)
            {
                var copy = constant.Clone();
                copy.Name = renamed[constant.Name] = names.Fresh(constant.Name);
                branch.Initializer.Add(copy);
            }
        }

        // integers from outside become real numbers where they are read, or no operator here would run on them
        void Dequantize(NodeProto conversion)
        {
            foreach (var parameter in conversion.Input.Skip(1).Where(name => name.Length > 0 && !renamed.ContainsKey(name)))
            {
                if (index.Initializer(parameter) is { } constant)
                    Take(constant);
            }

            var copy = conversion.Clone();
            copy.Name = names.Fresh(conversion.DisplayName());
            for (var i = 1; i < copy.Input.Count; i++)
                copy.Input[i] = New(copy.Input[i]);
            copy.Output[0] = renamed[conversion.Output[0]] = names.Fresh(conversion.Output[0]);
            branch.Node.Add(copy);
        }

        string HandedOn(string tensor)
        {
            var output = names.Fresh($"{tensor}_handed_on");
            branch.Node.Add(new NodeProto { OpType = "Identity", Name = output, Input = { New(tensor) }, Output = { output } });
            return output;
        }

        ValueInfoProto Nothing()
        {
            var output = names.Fresh($"{choice.DisplayName()}_nothing");
            var node = new NodeProto { OpType = "Constant", Name = output, Output = { output } };
            node.SetTensor("value", TensorData.Make("", [0], ReadOnlySpan<float>.Empty));
            branch.Node.Add(node);
            return FlatGraph.Value(output, (int)DataType.Float);
        }
    }

    private static bool IsDequantizer(NodeProto node) =>
        node.OpType == "DequantizeLinear" && (NodeAttributes.IsDefaultDomain(node.Domain) || node.Domain == "com.microsoft");
}

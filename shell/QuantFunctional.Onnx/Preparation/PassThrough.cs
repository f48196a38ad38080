using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Removes nodes that hand their input on unchanged: Identity, a Sum of one, and Dropout outside of training.</summary>
internal static class PassThrough
{
    /// <summary>
    /// Graph outputs keep their names: the producer makes them directly. An Identity stays where nothing could take its
    /// place: between a graph input (or another output) and an output, and where a nested graph reads its output.
    /// </summary>
    internal static void Remove(GraphEditor graph)
    {
        var index = graph.Index;
        var removed = new List<NodeProto>();
        var replaced = new Dictionary<string, string>();
        string Resolve(string tensor) => replaced.TryGetValue(tensor, out var source) ? source : tensor;

        foreach (var node in index.TopologicalOrder.Where(n => HandsOn(n, index)).ToList())
        {
            var source = Resolve(node.Input[0]);
            var target = node.Output[0];
            if (graph.IsReadInBody(target))
                continue;
            if (!index.IsGraphOutput(target))
            {
                replaced[target] = source;
            }
            else if (IsMaskUsed(node, index))
            {
                continue;
            }
            else if (index.Producer(source) is { } producer && MayRename(graph, producer, source))
            {
                // Earlier replacements by the source are now replacements by the target.
                foreach (var (from, to) in replaced.ToList())
                    replaced[from] = to == source ? target : to;
                replaced[source] = target;
                producer.Name = producer.DisplayName();
                producer.Output[producer.Output.IndexOf(source)] = target;
            }
            else
            {
                continue;
            }

            if (!IsMaskUsed(node, index))
                removed.Add(node);
        }

        graph.RemoveNodes(removed);
        graph.ReplaceReads(replaced);
    }

    private static bool MayRename(GraphEditor graph, NodeProto producer, string tensor) =>
        producer.Output.Contains(tensor) && !graph.Index.IsGraphOutput(tensor) && !graph.IsReadInBody(tensor);

    /// <summary>Whether somebody reads the mask of a Dropout, for which alone it stays then.</summary>
    private static bool IsMaskUsed(NodeProto node, GraphIndex index) =>
        node.Output.Skip(1).Any(output => index.IsGraphOutput(output) || index.Consumers(output).Count > 0);

    private static bool HandsOn(NodeProto node, GraphIndex index)
    {
        if (node.Output.Count == 0 || node.Input.Count == 0)
            return false;
        if (node.Is("Identity") || ((node.Is("Sum") || node.Is("Mean")) && node.Input.Count == 1))
            return true;
        if (!node.Is("Dropout"))
            return false;
        var training = node.InputOrEmpty(2);
        return training.Length == 0
            || (index.Initializer(training) is { } flag
                && TensorData.Type(flag) == TensorProto.Types.DataType.Bool
                && TensorData.Integers(flag).All(v => v == 0));
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>One call of a model's function.</summary>
internal static class FunctionCall
{
    /// <summary>
    /// The function's nodes with the caller's tensors and attributes; an output that the function hands on from an input, or
    /// twice, is made by an Identity.
    /// </summary>
    /// <param name="function">The function.</param>
    /// <param name="call">The node that calls it.</param>
    /// <param name="names">Gives names to the tensors within.</param>
    internal static IEnumerable<NodeProto> Nodes(FunctionProto function, NodeProto call, FreshNames names)
    {
        var called = call.DisplayName();
        var tensors = new Dictionary<string, string> { [""] = "" };
        for (var i = 0; i < function.Input.Count; i++)
            tensors[function.Input[i]] = call.InputOrEmpty(i);
        var handedOn = new List<NodeProto>();
        for (var i = 0; i < function.Output.Count && i < call.Output.Count; i++)
        {
            if (call.Output[i].Length > 0 && !tensors.TryAdd(function.Output[i], call.Output[i]))
                handedOn.Add(new NodeProto { OpType = "Identity", Input = { tensors[function.Output[i]] }, Output = { call.Output[i] } });
        }

        var attributes = function.AttributeProto.Concat(call.Attribute).GroupBy(attribute => attribute.Name)
            .ToDictionary(same => same.Key, same => same.Last());
        foreach (var original in function.Node)
        {
            var node = original.Clone();
            node.Name = names.Fresh($"{called}/{original.DisplayName()}");
            Bind(node, attributes);
            Rename(node, tensor => tensors.TryGetValue(tensor, out var name)
                ? name
                : tensors[tensor] = names.Fresh($"{called}/{tensor}"));
            yield return node;
        }

        foreach (var identity in handedOn)
            yield return identity;
    }

    /// <summary>Gives the attributes that refer to the call's their values; those that it leaves out go.</summary>
    private static void Bind(NodeProto node, Dictionary<string, AttributeProto> given)
    {
        foreach (var attribute in node.Attribute.Where(attribute => attribute.RefAttrName.Length > 0).ToList())
        {
            node.Attribute.Remove(attribute);
            if (!given.TryGetValue(attribute.RefAttrName, out var value))
                continue;
            var bound = value.Clone();
            bound.Name = attribute.Name;
            node.Attribute.Add(bound);
        }

        foreach (var inner in GraphWalk.Bodies(node).SelectMany(body => body.Node))
            Bind(inner, given);
    }

    private static void Rename(NodeProto node, Func<string, string> rename)
    {
        for (var i = 0; i < node.Input.Count; i++)
            node.Input[i] = rename(node.Input[i]);
        for (var i = 0; i < node.Output.Count; i++)
            node.Output[i] = rename(node.Output[i]);
        foreach (var body in GraphWalk.Bodies(node))
        {
            foreach (var value in body.Input.Concat(body.Output).Concat(body.ValueInfo))
                value.Name = rename(value.Name);
            foreach (var constant in body.Initializer)
                constant.Name = rename(constant.Name);
            foreach (var inner in body.Node)
                Rename(inner, rename);
        }
    }
}

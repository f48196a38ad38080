using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Puts the bodies of a model's own functions in the place of their calls, as ONNX Runtime does before it runs one.</summary>
internal static class FunctionInlining
{
    // functions that call functions multiply: a small file could ask for more nodes than memory holds
    private const int MostNodes = 1_000_000;

    /// <summary>
    /// The model without calls of its functions, or the model itself where it has none. The nodes of a call are named after it,
    /// as in <c>block1/Conv_3</c>. A function of other operator sets than the model's stays.
    /// </summary>
    /// <exception cref="QuantException">The functions call each other in a circle, or come to too many nodes.</exception>
    internal static OnnxModel Inlined(OnnxModel model)
    {
        if (model.Proto.Functions.Count == 0)
            return model;
        var inlined = model.Clone();
        foreach (var import in model.Proto.Functions.SelectMany(function => function.OpsetImport))
        {
            if (inlined.Proto.OpsetImport.All(own => !SameDomain(own.Domain, import.Domain)))
                inlined.Proto.OpsetImport.Add(import.Clone());
        }

        var functions = inlined.Proto.Functions
            .Where(function => HasOperatorSetsOf(function, inlined.Proto))
            .DistinctBy(function => (function.Domain, function.Name, function.Overload))
            .ToDictionary(function => (function.Domain, function.Name, function.Overload));
        var names = new FreshNames(GraphWalk.Names(inlined.Graph));
        var count = 0;
        Expand(inlined.Graph, []);
        var called = GraphWalk.Nodes(inlined.Graph).Select(node => (node.Domain, node.OpType)).ToHashSet();
        foreach (var function in inlined.Proto.Functions.Where(function => !called.Contains((function.Domain, function.Name))).ToList())
            inlined.Proto.Functions.Remove(function);
        return inlined;

        void Expand(GraphProto graph, IReadOnlyList<FunctionProto> above)
        {
            var nodes = graph.Node.SelectMany(node => Expanded(node, above)).ToList();
            graph.Node.Clear();
            graph.Node.AddRange(nodes);
        }

        IEnumerable<NodeProto> Expanded(NodeProto node, IReadOnlyList<FunctionProto> above)
        {
            if (!functions.TryGetValue((node.Domain, node.OpType, node.Overload), out var function))
            {
                foreach (var body in GraphWalk.Bodies(node))
                    Expand(body, above);
                return [node];
            }

            if (above.Contains(function))
                throw Damaged($"its function {function.Name} calls itself");
            if ((count += function.Node.Count) > MostNodes)
                throw Damaged($"its functions come to more than {MostNodes} nodes");
            IReadOnlyList<FunctionProto> inside = [.. above, function];
            return FunctionCall.Nodes(function, node, names).SelectMany(inner => Expanded(inner, inside)).ToList();
        }

        QuantException Damaged(string problem) => Diagnostics.NotOnnx.Fault(
            $"{model.Path}: not a valid ONNX model, since {problem}; export it again.", file: model.Path);
    }

    private static bool HasOperatorSetsOf(FunctionProto function, ModelProto model) => function.OpsetImport.All(import =>
        model.OpsetImport.Any(own => SameDomain(own.Domain, import.Domain) && own.Version == import.Version));

    private static bool SameDomain(string one, string other) =>
        one == other || (NodeAttributes.IsDefaultDomain(one) && NodeAttributes.IsDefaultDomain(other));
}

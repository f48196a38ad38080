using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Writes x − c as x + (−c) and x / c as x · (1/c), since there are integer kernels for these only.</summary>
internal static class ConstantOperands
{
    /// <summary>Rewrites Sub and Div of float32 tensors by an initializer.</summary>
    internal static void Rewrite(GraphEditor graph)
    {
        var index = graph.Index;
        var made = new Dictionary<(string Constant, string Operator), string>();
        foreach (var node in graph.Graph.Node.Where(n => n.Is("Sub") || n.Is("Div")))
        {
            if (index.Initializer(node.Input[1]) is not { } constant
                || TensorData.Type(constant) != TensorProto.Types.DataType.Float)
                continue;
            var key = (constant.Name, node.OpType);
            if (!made.TryGetValue(key, out var name))
            {
                if ((node.Is("Sub") ? Negated(constant) : Inverted(constant)) is not { } tensor)
                    continue;
                made[key] = name = graph.AddInitializer(tensor);
            }

            node.OpType = node.Is("Sub") ? "Add" : "Mul";
            node.Input[1] = name;
        }

        graph.Changed();
    }

    private static TensorProto Negated(TensorProto constant) => TensorData.Make(
        constant.Name + "_negated", constant.Dims, Array.ConvertAll(TensorData.Floats(constant), v => -v));

    // Null where an inverse is not a normal number, so that the product would differ much from the quotient.
    private static TensorProto? Inverted(TensorProto constant)
    {
        var inverses = Array.ConvertAll(TensorData.Floats(constant), v => 1 / v);
        return Array.TrueForAll(inverses, float.IsNormal)
            ? TensorData.Make(constant.Name + "_inverted", constant.Dims, inverses)
            : null;
    }
}

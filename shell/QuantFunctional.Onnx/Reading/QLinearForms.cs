using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reading;

/// <summary>
/// Writes operators that carry their scales along (QLinearConv and its like) as what they stand for: the plain operator
/// between DequantizeLinear and QuantizeLinear, so that one reader knows both forms of a quantized model.
/// </summary>
internal static class QLinearForms
{
    /// <param name="Operator">The plain operator.</param>
    /// <param name="Data">Where the quantized inputs are; each is followed by its scale and zero point.</param>
    /// <param name="Output">Where the output's scale is, its zero point after it.</param>
    /// <param name="Bias">Where the bias is; -1 for none.</param>
    /// <param name="Kept">How many inputs before the quantized ones stay as they are.</param>
    private sealed record Form(string Operator, int[] Data, int Output, int Bias = -1, int Kept = 0);

    private static readonly Dictionary<string, Form> Forms = new()
    {
        ["QLinearConv"] = new("Conv", [0, 3], 6, Bias: 8),
        ["QLinearMatMul"] = new("MatMul", [0, 3], 6),
        ["QGemm"] = new("Gemm", [0, 3], 7, Bias: 6),
        ["QLinearAdd"] = new("Add", [0, 3], 6),
        ["QLinearMul"] = new("Mul", [0, 3], 6),
        ["QLinearAveragePool"] = new("AveragePool", [0], 3),
        ["QLinearGlobalAveragePool"] = new("GlobalAveragePool", [0], 3),
        ["QLinearSigmoid"] = new("Sigmoid", [0], 3),
        ["QLinearLeakyRelu"] = new("LeakyRelu", [0], 3),
        ["QLinearSoftmax"] = new("Softmax", [0], 3),
        ["QLinearWhere"] = new("Where", [1, 4], 7, Kept: 1),
    };

    /// <summary>The plain operator that a node with its scales stands for; null for other nodes.</summary>
    internal static string? Operator(NodeProto node) => FormOf(node)?.Operator;

    /// <summary>
    /// Where such a node's quantized inputs and its output have their data, step and zero point; the data of the output are none
    /// of the inputs. Null for other nodes.
    /// </summary>
    internal static (IReadOnlyList<(int Data, int Step, int Zero)> Inputs, (int Data, int Step, int Zero) Output)? Parameters(
        NodeProto node) =>
        FormOf(node) is { } form
            ? ([.. form.Data.Select(at => (at, at + 1, at + 2))], (-1, form.Output, form.Output + 1))
            : null;

    /// <summary>Rewrites every such operator of a graph, and gives the plain ones that stand for them.</summary>
    internal static IReadOnlySet<NodeProto> Rewrite(GraphEditor graph)
    {
        var plain = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in graph.Graph.Node.ToList())
        {
            if (FormOf(node) is { } form && Operands(graph, node, form) is { } operands)
                plain.Add(Replace(graph, node, form, operands));
        }

        graph.SortNodes();
        return plain;
    }

    private static Form? FormOf(NodeProto node)
    {
        // these work on axes in another order
        if (node.GetInt("channels_last", 0) != 0)
            return null;
        if (node.OpType == "QLinearConcat")
            return new Form("Concat", [.. Enumerable.Range(0, (node.Input.Count - 2) / 3).Select(i => 2 + (3 * i))], 0);
        return Forms.GetValueOrDefault(node.OpType);
    }

    /// <summary>The plain operator's inputs; null where the bias has no step that is known.</summary>
    private static List<string>? Operands(GraphEditor graph, NodeProto node, Form form)
    {
        var weightAxis = node.OpType == "QLinearConv" || node.GetInt("transB", 0) != 0 ? 0 : 1;
        var bias = form.Bias < 0 ? "" : node.InputOrEmpty(form.Bias);
        var step = bias.Length == 0 ? null : BiasStep(graph.Index, node, form);
        if (bias.Length > 0 && step is null)
            return null;
        var operands = node.Input.Take(form.Kept).Concat(form.Data
            .Select((at, i) => Dequantize(
                graph, node, node.Input[at], node.InputOrEmpty(at + 1), node.InputOrEmpty(at + 2), i == 1 ? weightAxis : 1)))
            .ToList();
        if (step is not null)
            operands.Add(Dequantize(graph, node, bias, graph.AddInitializer(step), "", 0));
        return operands;
    }

    private static TensorProto? BiasStep(GraphIndex index, NodeProto node, Form form)
    {
        if (index.Initializer(node.Input[form.Data[0] + 1]) is not { } input
            || index.Initializer(node.Input[form.Data[1] + 1]) is not { } weight)
        {
            return null;
        }

        var step = TensorData.Floats(input)[0];
        var products = Array.ConvertAll(TensorData.Floats(weight), weightStep => step * weightStep);
        return TensorData.Make($"{node.DisplayName()}_bias_step", weight.Dims, products.AsSpan());
    }

    private static string Dequantize(GraphEditor graph, NodeProto node, string tensor, string step, string zero, int axis)
    {
        var output = graph.FreshName($"{tensor}_dequantized");
        var dequantize = new NodeProto
        {
            OpType = "DequantizeLinear",
            Name = $"{node.DisplayName()}_{output}",
            Input = { tensor, step },
            Output = { output },
        };
        if (zero.Length > 0)
            dequantize.Input.Add(zero);
        dequantize.SetInt("axis", axis);
        graph.Graph.Node.Add(dequantize);
        return output;
    }

    private static NodeProto Replace(GraphEditor graph, NodeProto node, Form form, List<string> operands)
    {
        var (step, zero) = (node.InputOrEmpty(form.Output), node.InputOrEmpty(form.Output + 1));
        var output = node.Output[0];
        // without an output's step the operator gives real numbers
        var real = step.Length == 0 ? output : graph.FreshName($"{output}_real");
        var plain = new NodeProto
        {
            OpType = form.Operator,
            Name = node.DisplayName(),
            Attribute = { node.Attribute.Where(a => a.Name is not ("channels_last" or "opset")) },
            Input = { operands },
            Output = { real },
        };
        graph.Graph.Node.Add(plain);
        if (step.Length > 0)
        {
            var quantize = new NodeProto { OpType = "QuantizeLinear", Input = { real, step }, Output = { output } };
            if (zero.Length > 0)
                quantize.Input.Add(zero);
            graph.Graph.Node.Add(quantize);
        }

        graph.RemoveNodes([node]);
        return plain;
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Softmax, LogSoftmax and Hardmax before opset 13 work on a matrix: all dimensions from the axis on (1 by default) are
/// its rows. From 13 on they work along the one axis (the last by default).
/// </summary>
internal static class SoftmaxRewrite
{
    internal static void Apply(OpsetRewrite rewrite)
    {
        var node = rewrite.Node;
        var axis = node.GetInt("axis", 1);
        if (rewrite.Facts.TryGet(node.Input[0], out var fact) && fact.Rank is { } rank)
        {
            axis = axis < 0 ? axis + rank : axis;
            if (fact.Dims.Skip((int)axis + 1).All(dim => dim == 1))
            {
                node.SetInt("axis", axis == rank - 1 ? -1 : axis);
                return;
            }
        }

        FlattenAround(rewrite.Graph, node, axis);
    }

    private static void FlattenAround(GraphEditor graph, NodeProto node, long axis)
    {
        var (input, output) = (node.Input[0], node.Output[0]);
        var flat = graph.FreshName(output + "_flat");
        var rows = graph.FreshName(output + "_rows");
        var shape = graph.FreshName(output + "_shape");
        var flatten = new NodeProto { OpType = "Flatten", Input = { input }, Output = { flat } };
        flatten.SetInt("axis", axis);
        node.Input[0] = flat;
        GraphEditor.RenameOutput(node, rows);
        node.SetInt("axis", -1);
        graph.Graph.Node.Add(flatten);
        graph.Graph.Node.Add(new NodeProto { OpType = "Shape", Input = { input }, Output = { shape } });
        graph.Graph.Node.Add(new NodeProto { OpType = "Reshape", Input = { rows, shape }, Output = { output } });
        graph.SortNodes();
    }
}

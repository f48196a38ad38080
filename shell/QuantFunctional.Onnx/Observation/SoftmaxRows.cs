using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Adds to a graph, for each Softmax, the largest value of every row that it reads.</summary>
internal static class SoftmaxRows
{
    /// <summary>Values as low as this are a mask's: e^-1000 is 0 in float32, and no score comes near.</summary>
    internal const float Masked = -1000;

    /// <summary>The inputs of the Softmax nodes of a graph with the axis along which their rows lie, if it is one.</summary>
    internal static IReadOnlyList<(string Tensor, long Axis)> Of(GraphProto graph) =>
    [
        .. graph.Node
            .Where(node => node.Is("Softmax"))
            .GroupBy(node => node.Input[0], node => node.GetInt("axis", -1))
            .Where(axes => axes.Distinct().Count() == 1)
            .Select(axes => (axes.Key, axes.First())),
    ];

    /// <summary>Adds the node that reduces one of them, and returns the tensor that holds the largest values.</summary>
    internal static string Add(GraphEditor graph, (string Tensor, long Axis) rows)
    {
        var output = graph.FreshName($"{rows.Tensor}_row_maxima");
        var node = new NodeProto { OpType = "ReduceMax", Input = { rows.Tensor }, Output = { output } };
        node.SetInt("keepdims", 0);
        graph.SetReducedAxes(node, [rows.Axis]);
        graph.Graph.Node.Add(node);
        graph.Changed();
        return output;
    }
}

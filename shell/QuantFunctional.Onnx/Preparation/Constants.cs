using Google.Protobuf;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Gives constants one form: an initializer that is not a graph input.</summary>
internal static class Constants
{
    /// <summary>
    /// Takes initializers off the list of inputs (where they are mere defaults) and turns Constant nodes into
    /// initializers. Sparse constants stay, to be made dense by constant folding.
    /// </summary>
    internal static void MakeInitializers(GraphEditor graph)
    {
        var inputs = graph.Model.Inputs.ToList();
        if (inputs.Count < graph.Graph.Input.Count)
        {
            graph.Graph.Input.Clear();
            graph.Graph.Input.AddRange(inputs);
            graph.Changed();
        }

        var done = new List<NodeProto>();
        foreach (var node in graph.Graph.Node.Where(n => n.Is("Constant") && n.Output.Count == 1).ToList())
        {
            if (Value(node) is not { } value)
                continue;
            graph.SetConstant(node.Output[0], value);
            done.Add(node);
        }

        graph.RemoveNodes(done);
    }

    private static TensorProto? Value(NodeProto node) => node.Attribute.FirstOrDefault() switch
    {
        { Name: "value" } a => a.T?.Clone(),
        { Name: "value_float" } a => TensorData.Make("", [], [a.F]),
        { Name: "value_floats" } a => TensorData.Make("", [a.Floats.Count], [.. a.Floats]),
        { Name: "value_int" } a => TensorData.Make("", [], [a.I]),
        { Name: "value_ints" } a => TensorData.Make("", [a.Ints.Count], [.. a.Ints]),
        { Name: "value_string" } a => Strings([], [a.S]),
        { Name: "value_strings" } a => Strings([a.Strings.Count], a.Strings),
        _ => null,
    };

    private static TensorProto Strings(IEnumerable<long> dims, IEnumerable<ByteString> values) => new()
    {
        Dims = { dims },
        DataType = (int)TensorProto.Types.DataType.String,
        StringData = { values },
    };
}

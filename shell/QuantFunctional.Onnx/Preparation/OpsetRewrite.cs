using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>One node on its way to opset 13, with what its rewriting needs to know.</summary>
/// <param name="Graph">The graph that holds the node.</param>
/// <param name="Facts">Types and shapes under the old opset.</param>
/// <param name="Node">The node, to be changed in place.</param>
/// <param name="From">The old opset, 7 to 12.</param>
internal sealed record OpsetRewrite(GraphEditor Graph, TensorFacts Facts, NodeProto Node, long From)
{
    /// <summary>Why the node cannot be raised, to be thrown.</summary>
    internal QuantException Refusal(string why) => Diagnostics.OpsetNotRaised.Fault(
        $"{Graph.Model.Path}: cannot be raised from opset {From} to 13, because node '{Node.DisplayName()}' "
        + $"({Node.OpType}) {why}; export the model again with opset 13 or later.",
        file: Graph.Model.Path, node: Node.DisplayName());

    /// <summary>The value of an input that is an initializer, else null.</summary>
    internal TensorProto? Constant(int input) => Graph.Index.Initializer(Node.InputOrEmpty(input));

    /// <summary>Puts a tensor's name at an input, leaving inputs before it out where they are missing.</summary>
    internal void SetInput(int index, string tensor)
    {
        while (Node.Input.Count <= index)
            Node.Input.Add("");
        Node.Input[index] = tensor;
        Graph.Changed();
    }

    /// <summary>Makes an int64 vector an input.</summary>
    internal void SetInput(int index, string what, IReadOnlyList<long> values) =>
        SetInput(index, Graph.AddInitializer(TensorData.Make(Name(what), [values.Count], [.. values])));

    /// <summary>Makes a float32 scalar an input; the operator's data must be float32 too.</summary>
    internal void SetScalar(int index, string what, float value)
    {
        if (!Facts.TryGet(Node.Input[0], out var fact) || fact.Type != TensorProto.Types.DataType.Float)
            throw Refusal("works on other numbers than float32");
        SetInput(index, Graph.AddInitializer(TensorData.Make(Name(what), [], [value])));
    }

    private string Name(string what) => $"{Node.Output[0]}_{what}";
}

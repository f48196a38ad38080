using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>A place where a node reads a tensor.</summary>
/// <param name="Node">The node.</param>
/// <param name="Input">Which of its inputs.</param>
internal readonly record struct Slot(NodeProto Node, int Input)
{
    /// <summary>The name of the tensor that is read; "" where the input is left out.</summary>
    internal string Tensor => Node.InputOrEmpty(Input);

    /// <summary>The same place of a node that has taken the place of another.</summary>
    internal Slot Moved(NodeProto from, NodeProto to) => ReferenceEquals(Node, from) ? this with { Node = to } : this;
}

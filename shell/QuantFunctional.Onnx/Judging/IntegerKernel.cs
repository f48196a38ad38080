namespace QuantFunctional.Onnx.Judging;

/// <summary>How ONNX Runtime computes a node in integers, and what that asks of the encodings around it.</summary>
internal enum IntegerKernel
{
    /// <summary>A product with constant weights: the core plans it.</summary>
    Layer,

    /// <summary>Computes in integers and requantizes to an encoding of its own output.</summary>
    Requantizes,

    /// <summary>Only moves data: its outputs keep its input's encoding exactly.</summary>
    Moves,

    /// <summary>Joins tensors; moves data where their encodings are the same, else requantizes.</summary>
    Joins,

    /// <summary>A function of one number that is the same for every processor: a table of all that its input can be.</summary>
    Table,

    /// <summary>Writes probabilities in steps of 1/256.</summary>
    Softmax,

    /// <summary>Reads integers and writes positions.</summary>
    ReadsOnly,
}

/// <summary>A node that runs in integers.</summary>
/// <param name="Node">The node of the prepared model.</param>
/// <param name="Kernel">How it runs.</param>
/// <param name="Inputs">The real tensors that it reads as integers.</param>
/// <param name="Outputs">The real tensors that it writes as integers, after the Relu or Clip that they absorb.</param>
/// <param name="Layer">Its weights, where it is a layer.</param>
/// <param name="Chain">The operators that it ends, where they are one function together.</param>
internal sealed record IntegerNode(
    Format.NodeProto Node,
    IntegerKernel Kernel,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    FoundLayer? Layer = null,
    ElementChain? Chain = null)
{
    /// <summary>The nodes of the model that run as this one.</summary>
    internal IEnumerable<Format.NodeProto> Nodes => Layer?.Nodes ?? Chain?.Nodes ?? [Node];
}

using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>
/// Knows the nodes of a layer normalization that is written out: (x − mean) / √(mean of squares + ε). Its square root needs
/// more than 8 bits, and its other nodes have no integer kernel, so that all of it stays together in float.
/// </summary>
internal sealed class Normalizations(GraphIndex index)
{
    /// <summary>Whether a ReduceMean is the mean that is taken off, or that of the squares.</summary>
    internal bool IsMean(NodeProto node)
    {
        var (input, mean) = (node.Input[0], node.Output[0]);
        return index.Consumers(mean).Any(reader => reader.Is("Sub") && reader.Input[0] == input && reader.Input[1] == mean)
            || index.SoleConsumer(mean) is { } sum && IsEpsilon(sum);
    }

    /// <summary>Whether an Add is that of ε under the square root.</summary>
    internal bool IsEpsilon(NodeProto node) =>
        node.Is("Add")
        && index.SoleConsumer(node.Output[0]) is { } root && root.Is("Sqrt")
        && node.Input.Select(index.Producer).Any(maker => maker is not null && maker.Is("ReduceMean"));

    /// <summary>
    /// Whether a tensor is what a normalization gives, before or behind its factor: ONNX Runtime makes one operator of it together with
    /// factor and shift, and only of all of them.
    /// </summary>
    internal bool IsResult(string tensor)
    {
        var maker = index.Producer(tensor);
        if (maker is not null && maker.Is("Mul") && maker.Input.FirstOrDefault(input => index.Initializer(input) is null) is { } scaled)
            maker = index.Producer(scaled);
        return maker is not null && maker.Is("Div") && index.Producer(maker.Input[1]) is { } root && root.Is("Sqrt");
    }
}

using QuantFunctional.Onnx.Judging;

namespace QuantFunctional.Onnx.Writing;

/// <summary>Writes the operators of a chain in float, between one DequantizeLinear and one QuantizeLinear.</summary>
internal static class ChainWriter
{
    /// <summary>Writes them in their order.</summary>
    /// <param name="writer">Where they go.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="read">Under which name its input is read.</param>
    /// <param name="written">Under which name its result is written.</param>
    internal static void Write(GraphWriter writer, ElementChain chain, string read, string written)
    {
        foreach (var node in chain.Nodes.Select(node => node.Clone()))
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                if (node.Input[i] == chain.Input)
                    node.Input[i] = read;
            }

            if (node.Output[0] == chain.Last.Output[0])
                node.Output[0] = written;
            writer.Nodes.Add(node);
        }
    }
}

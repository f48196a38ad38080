using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>Knows the nodes of a model whose weights are integers before anything is done: products, and tables of which rows are gathered.</summary>
internal sealed class StoredProducts(GraphIndex index)
{
    // what stands between integers and their product, as exporters write it
    private static readonly HashSet<string> HandedOn = ["Cast", "Identity", "Reshape", "Transpose"];

    /// <summary>What a node's weights are already; null where they are no integers.</summary>
    internal QuantizedNode? Of(NodeProto node)
    {
        if (node.OpType is "MatMulNBits" or "MatMulBnb4" or "GatherBlockQuantized")
            return Told(node, (int)node.GetInt("bits", 4), node);
        if (node.Is("MatMul") || node.Is("Gemm"))
        {
            return node.Input.Take(2).Select(Conversion).FirstOrDefault(maker => maker is not null) is { } conversion
                ? Told(node, Bits(conversion.Input[0]), conversion)
                : null;
        }

        return MakesRowsReal(node) is { } real ? Told(node, Bits(node.Input[0]), real) : null;
    }

    /// <summary>Whether a node gathers the steps of integer rows, which are part of what is stored already.</summary>
    internal bool AreSteps(NodeProto gather) => Readers(gather).Any(reader =>
        (reader.Is("DequantizeLinear") && reader.InputOrEmpty(1) == gather.Output[0])
        || (reader.Is("Mul") && reader.Input.Select(index.Producer).Any(maker =>
            maker is not null && maker.Is("Cast") && index.Producer(maker.Input[0]) is { } rows && HasIntegerTable(rows))));

    /// <summary>What makes real numbers of the integer rows that a node gathers; null where nothing does.</summary>
    private NodeProto? MakesRowsReal(NodeProto gather) => !HasIntegerTable(gather) ? null : Readers(gather).FirstOrDefault(reader =>
        (reader.Is("DequantizeLinear") && reader.Input[0] == gather.Output[0])
        || (reader.Is("Cast") && index.Consumers(reader.Output[0]).Any(next =>
            next.Is("Mul") && next.Input.Select(index.Producer).Any(maker => maker is not null && maker.Is("Gather")))));

    private bool HasIntegerTable(NodeProto node) =>
        node.Is("Gather") && index.Initializer(node.Input[0]) is { Dims.Count: 2 } table
        && TensorData.Type(table) is DataType.Int8 or DataType.Uint8 or DataType.Int4 or DataType.Uint4;

    private IReadOnlyList<NodeProto> Readers(NodeProto gather) => index.Consumers(gather.Output[0]);

    private NodeProto? Conversion(string tensor)
    {
        while (index.Producer(tensor) is { } maker)
        {
            if (maker.OpType == "DequantizeLinear")
                return index.Initializer(maker.Input[0]) is null ? null : maker;
            if (!NodeAttributes.IsDefaultDomain(maker.Domain) || !HandedOn.Contains(maker.OpType))
                return null;
            tensor = maker.Input[0];
        }

        return null;
    }

    private int Bits(string constant) => TensorData.ElementBits(index.Initializer(constant)!.DataType);

    private static QuantizedNode Told(NodeProto node, int bits, NodeProto holds) =>
        new(node.DisplayName(), node.OpType, bits, holds.GetInt("block_size", 0) is var size and > 0 ? (int)size : null);
}

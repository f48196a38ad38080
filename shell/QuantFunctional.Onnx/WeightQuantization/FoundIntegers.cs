using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// Finds the integer weights of a model, whoever made it: products that read a DequantizeLinear or are MatMulNBits, and tables of
/// which rows are gathered before they become real.
/// </summary>
internal sealed class FoundIntegers
{
    private readonly GraphIndex _index;
    private readonly List<IntegerWeight> _found = [];
    private readonly List<string> _notRead = [];
    private readonly HashSet<NodeProto> _seen = new(ReferenceEqualityComparer.Instance);

    private FoundIntegers(GraphProto graph) => _index = new GraphIndex(graph);

    /// <summary>Those that are understood, in the order of the data.</summary>
    internal IReadOnlyList<IntegerWeight> Found => _found;

    /// <summary>Nodes with integer weights in a form that is not understood, each with the reason.</summary>
    internal IReadOnlyList<string> NotRead => _notRead;

    /// <summary>Looks at every node of a model.</summary>
    internal static FoundIntegers Of(OnnxModel model)
    {
        var weights = new FoundIntegers(model.Graph);
        foreach (var node in weights._index.TopologicalOrder)
            weights.Look(node);
        var tensors = GraphWalk.Tensors(model.Graph).ToLookup(tensor => tensor.Name);
        foreach (var node in GraphWalk.Nodes(model.Graph).Where(node => !weights._seen.Contains(node) && HoldsWeights(node, tensors)))
            weights._notRead.Add($"{node.DisplayName()} ({node.OpType}): no product or embedding of the main graph reads it in a form that is known");
        return weights;
    }

    private static bool HoldsWeights(NodeProto node, ILookup<string, TensorProto> tensors) => node switch
    {
        { Domain: EmbeddingWriter.ContribDomain, OpType: "MatMulNBits" or "GatherBlockQuantized" } => true,
        _ => node.Is("DequantizeLinear") && tensors[node.InputOrEmpty(0)].Any(tensor => tensor.Dims.Count > 1),
    };

    private void Look(NodeProto node)
    {
        if (node.Is("MatMul") || node.Is("Gemm"))
            LookAtProduct(node);
        else if (node.Is("Gather"))
            LookAtRows(node);
        else if (node is { Domain: EmbeddingWriter.ContribDomain, OpType: "MatMulNBits" })
            LookAtNBits(node);
        else if (node is { Domain: EmbeddingWriter.ContribDomain, OpType: "GatherBlockQuantized" })
            LookAtBlocks(node);
    }

    private void LookAtProduct(NodeProto node)
    {
        if (_index.Producer(node.InputOrEmpty(1)) is { } conversion
            && conversion.Is("DequantizeLinear")
            && Matrix(conversion.Input[0]) is { } integers
            && _index.Initializer(conversion.InputOrEmpty(1)) is { } steps)
        {
            var channelAxis = node.Is("Gemm") && node.GetInt("transB", 0) != 0 ? 0 : 1;
            Add(node, conversion, integers, steps, channelAxis, conversion.GetInt("axis", 1), isTable: false);
        }
    }

    /// <summary>Rows, or columns of a table that a product shares, gathered as integers; their steps are gathered likewise.</summary>
    private void LookAtRows(NodeProto node)
    {
        if (Matrix(node.Input[0]) is not { } integers || Axis(node.GetInt("axis", 0)) is not { } channelAxis)
            return;
        foreach (var reader in _index.Consumers(node.Output[0]))
        {
            if (reader.Is("DequantizeLinear") && StepsOf(reader.InputOrEmpty(1)) is { } steps)
                Add(node, reader, integers, steps, channelAxis, 1 - channelAxis, isTable: true);
            else if (reader.Is("Cast") && _index.SoleConsumer(reader.Output[0]) is { } product && product.Is("Mul")
                && StepsOf(product.Input.First(input => input != reader.Output[0])) is { } factors)
                Add(node, reader, integers, factors, channelAxis, channelAxis, isTable: true);
        }
    }

    private void LookAtBlocks(NodeProto node)
    {
        if (Matrix(node.Input[0]) is { } integers && TensorData.Type(integers) is DataType.Int4 or DataType.Uint4
            && _index.Initializer(node.InputOrEmpty(2)) is { } steps
            && Axis(node.GetInt("gather_axis", 0)) is { } channelAxis
            && (TensorData.Type(integers) == DataType.Int4 || node.InputOrEmpty(3).Length > 0))
            Add(node, node, integers, steps, channelAxis, node.GetInt("quantize_axis", 1), isTable: true, at: 3, usual: 128);
    }

    private void LookAtNBits(NodeProto node)
    {
        var (channels, inputs, block) = (node.GetInt("N", 0), node.GetInt("K", 0), node.GetInt("block_size", 0));
        var bits = node.GetInt("bits", 4);
        if (bits is not (4 or 8) || channels is < 1 or > int.MaxValue || inputs is < 1 or > int.MaxValue || block is < 16 or > 1 << 20
            || _index.Initializer(node.InputOrEmpty(1)) is not { } integers || TensorData.Type(integers) != DataType.Uint8
            || _index.Initializer(node.InputOrEmpty(2)) is not { } steps || !TensorData.IsReal(steps)
            || node.InputOrEmpty(4).Length > 0)
            return;
        var zeros = _index.Initializer(node.InputOrEmpty(3));
        var blocks = ((inputs - 1) / block) + 1;
        if ((zeros is null && node.InputOrEmpty(3).Length > 0) || (zeros is not null && TensorData.Type(zeros) != DataType.Uint8)
            || TensorData.Count(integers) != (Int128)channels * blocks * block * bits / 8 || TensorData.Count(steps) != channels * blocks)
            return;
        _seen.Add(node);
        _found.Add(new IntegerWeight(node.DisplayName(), node.OpType, integers, steps, zeros)
        {
            Channels = (int)channels,
            Inputs = (int)inputs,
            BlockSize = (int)block,
            InRows = true,
            BitsInBytes = (int)bits,
        });
    }

    /// <summary>Adds weights whose steps lie along their channels, if their numbers fit each other.</summary>
    /// <param name="node">The product, or what gathers.</param>
    /// <param name="conversion">What makes real numbers.</param>
    /// <param name="integers">The integers.</param>
    /// <param name="steps">The steps of all of them.</param>
    /// <param name="channelAxis">The axis of output channels, or of rows.</param>
    /// <param name="axis">The axis along which blocks lie, or that has a step for each place.</param>
    /// <param name="isTable">Whether rows are gathered.</param>
    /// <param name="at">Which input has the zero points.</param>
    /// <param name="usual">The size of a block where the node does not say it; 0 for none.</param>
    private void Add(
        NodeProto node, NodeProto conversion, TensorProto integers, TensorProto steps, int channelAxis, long axis, bool isTable, int at = 2, int usual = 0)
    {
        var (channels, inputs) = (integers.Dims[channelAxis], integers.Dims[1 - channelAxis]);
        var block = conversion.GetInt("block_size", usual);
        var blocks = block > 0 ? ((inputs - 1) / block) + 1 : 1;
        var fits = block > 0
            ? block <= int.MaxValue && Axis(axis) == 1 - channelAxis && steps.Dims.Count == 2
                && steps.Dims[channelAxis] == channels && steps.Dims[1 - channelAxis] == blocks
            : TensorData.Count(steps) == 1 || (Axis(axis) == channelAxis && TensorData.Count(steps) == channels);
        var zero = conversion.Is("Cast") ? "" : conversion.InputOrEmpty(at);
        var zeros = isTable && at == 2 && zero.Length > 0 ? StepsOf(zero) : _index.Initializer(zero);
        if (!fits || !TensorData.IsReal(steps) || (zero.Length > 0 && zeros is null)
            || (zeros is not null && (zeros.DataType != integers.DataType || TensorData.Count(zeros) != TensorData.Count(steps))))
            return;
        _seen.Add(node);
        _seen.Add(conversion);
        _found.Add(new IntegerWeight(node.DisplayName(), node.OpType, integers, steps, zeros)
        {
            Channels = (int)channels,
            Inputs = (int)inputs,
            BlockSize = block > 0 ? (int)block : null,
            IsTable = isTable,
            InRows = channelAxis == 0,
        });
    }

    /// <summary>A constant with rows and columns of integers of at most 8 bits.</summary>
    private TensorProto? Matrix(string name) => _index.Initializer(name) is { Dims: [> 0, > 0] } tensor
        && TensorData.Type(tensor) is DataType.Int8 or DataType.Uint8 or DataType.Int4 or DataType.Uint4 ? tensor : null;

    /// <summary>Steps that are gathered, or one for all.</summary>
    private TensorProto? StepsOf(string name) => _index.Initializer(name)
        ?? (_index.Producer(name) is { } gather && gather.Is("Gather") ? _index.Initializer(gather.Input[0]) : null);

    private static int? Axis(long axis) => axis switch { 0 or -2 => 0, 1 or -1 => 1, _ => null };
}

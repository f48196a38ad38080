using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Writing;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// Writes tables of integers, of which the wanted rows and their steps are gathered before they become real numbers: ONNX Runtime
/// makes the whole table real at every run where that comes first.
/// </summary>
internal sealed class EmbeddingWriter
{
    /// <summary>The domain of ONNX Runtime's own operators.</summary>
    internal const string ContribDomain = "com.microsoft";

    private readonly GraphWriter _writer;
    private readonly GraphIndex _index;
    private readonly Action<TensorProto> _keep;
    private readonly Dictionary<NodeProto, IReadOnlyList<NodeProto>> _written = new(ReferenceEqualityComparer.Instance);

    private EmbeddingWriter(OnnxModel prepared, Action<TensorProto> keep) =>
        (_writer, _index, _keep) = (new GraphWriter(prepared.Graph), new GraphIndex(prepared.Graph), keep);

    /// <summary>Writes the tables, and the products that share them, into a prepared model.</summary>
    /// <param name="prepared">The model, which is changed.</param>
    /// <param name="planned">The tables with the plan of each; asked for one after the other.</param>
    /// <param name="keep">Takes each new tensor, and may leave its bytes elsewhere.</param>
    internal static void Write(
        OnnxModel prepared, IEnumerable<(TokenEmbedding Embedding, WeightOnlyLayer Plan)> planned, Action<TensorProto> keep)
    {
        var writer = new EmbeddingWriter(prepared, keep);
        foreach (var (embedding, plan) in planned)
        {
            if (embedding.Heads.Count > 0)
                writer.WriteShared(embedding, plan);
            else
                writer.WriteRows(embedding, plan);
        }

        var nodes = prepared.Graph.Node.SelectMany(node => writer._written.TryGetValue(node, out var written) ? written : [node]).ToList();
        prepared.Graph.Node.Clear();
        prepared.Graph.Node.Add(nodes);
        prepared.Graph.Initializer.Add(writer._writer.Initializers);
    }

    /// <summary>A table with a row for each token, as it was.</summary>
    private void WriteRows(TokenEmbedding embedding, WeightOnlyLayer plan)
    {
        var called = embedding.Name;
        var (rows, columns) = (embedding.Rows, embedding.Columns);
        var table = Kept(Table(_writer.Fresh($"{called}_table_quantized"), [rows, columns], plan));
        var steps = Kept(StepTensor.Make(_writer.Fresh($"{called}_table_step_size"), [rows, plan.GroupsPerChannel], plan, plan.Steps));
        foreach (var gather in embedding.Gathers)
        {
            Gathered(gather, table, steps, plan, axis: 0, gather.Output[0]);
            _written.Add(gather, Taken());
        }
    }

    /// <summary>The table of a product, with a column for each token.</summary>
    /// <remarks>
    /// Each reader has a name of its own for it, all of which mean one place of the file of weights: ONNX Runtime makes no
    /// MatMulNBits of a product whose weights have another reader.
    /// </remarks>
    private void WriteShared(TokenEmbedding embedding, WeightOnlyLayer plan)
    {
        WeightLayerWriter.Dequantize(embedding.Heads[0].Node, plan, _writer, _keep);
        var first = _writer.Nodes[^1];
        TensorProto[] table = [.. first.Input.Select(name => _writer.Initializers.Single(tensor => tensor.Name == name))];
        _written.Add(embedding.Heads[0].Node, [.. Taken(), embedding.Heads[0].Node]);
        foreach (var head in embedding.Heads.Skip(1))
        {
            var conversion = first.Clone();
            conversion.Name = _writer.Fresh($"{head.Node.DisplayName()}_weight_DequantizeLinear");
            for (var input = 0; input < table.Length; input++)
                conversion.Input[input] = Again(table[input]);
            head.Node.Input[1] = conversion.Output[0] = _writer.Fresh($"{head.Node.DisplayName()}_weight_dequantized");
            head.Node.Remove("transB");
            _written.Add(head.Node, [conversion, head.Node]);
        }

        var (integers, steps) = (Again(table[0]), Again(table[1]));
        foreach (var gather in embedding.Gathers)
        {
            var columns = _writer.Fresh($"{gather.DisplayName()}_columns");
            Gathered(gather, integers, steps, plan, axis: 1, columns);
            long[] lastFirst = [.. Enumerable.Range(1, embedding.RankOfTokens!.Value).Select(axis => (long)axis), 0];
            _writer.Node("Transpose", _writer.Fresh($"{gather.DisplayName()}_Transpose"), [columns], gather.Output[0]).SetInts("perm", lastFirst);
            _written.Add(gather, Taken());
        }
    }

    /// <summary>What a table holds for some tokens as real numbers.</summary>
    /// <param name="gather">The node of the float model.</param>
    /// <param name="table">The integers.</param>
    /// <param name="steps">Their steps.</param>
    /// <param name="plan">Which of them share one.</param>
    /// <param name="axis">The table's axis of tokens; the other one has the blocks.</param>
    /// <param name="output">The name of the result.</param>
    private void Gathered(NodeProto gather, string table, string steps, WeightOnlyLayer plan, int axis, string output)
    {
        var (called, tokens) = (gather.DisplayName(), gather.Input[1]);
        var block = (plan.Request.Granularity as WeightGranularity.PerGroup)?.Size;
        if (plan.Request.Type.Bits == 4)
        {
            var both = _writer.Node("GatherBlockQuantized", called, [table, tokens, steps], output);
            both.Domain = ContribDomain;
            both.SetInt("gather_axis", axis);
            both.SetInt("quantize_axis", 1 - axis);
            both.SetInt("block_size", block!.Value);
            return;
        }

        // the node that gathers integers keeps the name, by which plans call the embedding
        var integers = Picked(called, table, axis, "integers");
        // a step for each column of a shared table has no other axis
        var factors = Picked(_writer.Fresh($"{called}_Gather_steps"), steps, block is null && axis == 1 ? 0 : axis, "steps");
        if (block is { } size)
        {
            // a product that reads two conversions is not made MatMulNBits; a Max of one input keeps it apart from this one
            var isMultiplied = _index.Consumers(output).Any(reader => reader.Is("MatMul") || reader.Is("Gemm"));
            var converted = isMultiplied ? _writer.Fresh($"{called}_reals") : output;
            var conversion = _writer.Node("DequantizeLinear", _writer.Fresh($"{called}_DequantizeLinear"), [integers, factors], converted);
            conversion.SetInt("axis", axis == 0 ? -1 : 0);
            conversion.SetInt("block_size", size);
            if (isMultiplied)
                _writer.Node("Max", _writer.Fresh($"{called}_KeepApart"), [converted], output);
            return;
        }

        // conversions with blocks are younger than the model's operators may be
        var reals = _writer.Fresh($"{called}_reals");
        _writer.Node("Cast", _writer.Fresh($"{called}_Cast"), [integers], reals).SetInt("to", (long)StepTensor.TypeOf(plan));
        _writer.Node("Mul", _writer.Fresh($"{called}_Mul"), [reals, factors], output);

        string Picked(string node, string from, int along, string what)
        {
            var picked = _writer.Fresh($"{called}_{what}");
            _writer.Node("Gather", node, [from, tokens], picked).SetInt("axis", along);
            return picked;
        }
    }

    private static TensorProto Table(string name, long[] dims, WeightOnlyLayer plan) => plan.Request.Type.Bits == 4
        ? TensorData.Make(name, dims, DataType.Int4, WeightOnlyPlanner.PackInt4(plan.Weights.AsSpan()))
        : TensorData.Make(name, dims, plan.Weights.AsSpan());

    private string Kept(TensorProto tensor)
    {
        _keep(tensor);
        return _writer.Constant(tensor);
    }

    /// <summary>Another name for the same bytes.</summary>
    private string Again(TensorProto tensor)
    {
        var again = tensor.Clone();
        again.Name = _writer.Fresh(tensor.Name);
        return _writer.Constant(again);
    }

    private IReadOnlyList<NodeProto> Taken()
    {
        NodeProto[] taken = [.. _writer.Nodes];
        _writer.Nodes.Clear();
        return taken;
    }
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Writing;

/// <summary>
/// Writes a MatMul with a bias as a Gemm of all rows: a MatMul followed by an Add rounds twice, and ONNX Runtime makes
/// a Gemm of the two only where all dimensions are known.
/// </summary>
internal sealed class RowProduct(GraphWriter writer, string called)
{
    /// <summary>Writes the product.</summary>
    /// <param name="node">The MatMul with its bias as the third input.</param>
    /// <param name="layer">What it is made from.</param>
    /// <param name="input">The encoding of its input, which its rows keep.</param>
    /// <param name="output">The encoding of its output, which its rows have already.</param>
    internal void Write(NodeProto node, FoundLayer layer, EncodingNames input, EncodingNames output)
    {
        var original = node.Input[0];
        var reshaped = writer.Fresh($"{called}_rows");
        var rowsShape = Shape("rows_shape", [-1, layer.Weight.Dims[0]]);
        writer.Node("Reshape", writer.Fresh($"{called}_ToRows"), [original, rowsShape], reshaped);

        var result = node.Output[0];
        node.OpType = "Gemm";
        node.Input[0] = writer.Pair(reshaped, input);
        node.Output[0] = writer.Fresh($"{called}_product");
        writer.Nodes.Add(node);

        var product = writer.Pair(node.Output[0], output);
        writer.Node("Reshape", writer.Fresh($"{called}_FromRows"), [product, ResultShape(original, layer)], result);
    }

    private string ResultShape(string input, FoundLayer layer)
    {
        if (layer.RowsShape is { } known && known.Count(dim => dim < 0) <= 1 && !known.Contains(0))
            return Shape("result_shape", [.. known, layer.Channels]);

        var whole = writer.Fresh($"{called}_shape");
        writer.Node("Shape", writer.Fresh($"{called}_Shape"), [input], whole);
        var rows = writer.Fresh($"{called}_leading");
        string[] leading = [whole, Shape("first", [0]), Shape("last", [-1])];
        writer.Node("Slice", writer.Fresh($"{called}_Leading"), leading, rows);
        var result = writer.Fresh($"{called}_result_shape");
        var columns = Shape("columns", [layer.Channels]);
        writer.Node("Concat", writer.Fresh($"{called}_ResultShape"), [rows, columns], result).SetInt("axis", 0);
        return result;
    }

    private string Shape(string what, long[] dims) =>
        writer.Constant(TensorData.Make(writer.Fresh($"{called}_{what}"), [dims.Length], dims.AsSpan()));
}

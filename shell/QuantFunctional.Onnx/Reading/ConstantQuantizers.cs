using System.Buffers.Binary;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reading;

/// <summary>
/// Computes each QuantizeLinear of a real constant, as ONNX Runtime does before it looks at anything else: what training with
/// quantization in mind leaves of its weights.
/// </summary>
internal static class ConstantQuantizers
{
    /// <summary>Puts integers in the place of the nodes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="isMeant">Which nodes; null for all.</param>
    internal static void Fold(GraphEditor graph, Func<NodeProto, bool>? isMeant = null)
    {
        var types = new StatedTypes(graph.Graph, graph.Index);
        var storages = new StorageReader(graph.Index, types.Of);
        var done = new List<(NodeProto Node, TensorProto Integers)>();
        foreach (var node in graph.Graph.Node.Where(node => StorageReader.Is(node, "QuantizeLinear")))
        {
            if (isMeant?.Invoke(node) != false
                && graph.Index.Initializer(node.Input[0]) is { } real
                && TensorData.Type(real) == DataType.Float
                && storages.Read(node, out _) is { } form
                && Integers(real, form) is { } integers)
            {
                done.Add((node, integers));
            }
        }

        graph.RemoveNodes([.. done.Select(folded => folded.Node)]);
        foreach (var (node, integers) in done)
            graph.SetConstant(node.Output[0], integers);
    }

    private static TensorProto? Integers(TensorProto real, StoredForm form)
    {
        if (StorageReader.Range(form.Type) is not var (low, high) || AxisOf(real, form) is not { } axis)
            return null;
        var after = Shapes.Behind(real.Dims, axis);
        var values = TensorData.Floats(real);
        var bytes = form.Type is DataType.Int8 or DataType.Uint8 ? 1 : 2;
        var raw = new byte[values.Length * bytes];
        Span<byte> word = stackalloc byte[4];
        for (var i = 0; i < values.Length; i++)
        {
            var at = (int)(form.Steps.Count == 1 ? 0 : i / after % form.Steps.Count);
            var storage = new Storage(form.Steps[at], form.ZeroPoints[at], low, high);
            BinaryPrimitives.WriteInt32LittleEndian(word, FSharp.Storage.quantize(storage, values[i]));
            word[..bytes].CopyTo(raw.AsSpan(i * bytes));
        }

        return TensorData.Make("", real.Dims, form.Type, raw);
    }

    /// <summary>The axis of the steps, counted from the front; null where they do not fit it.</summary>
    private static int? AxisOf(TensorProto real, StoredForm form)
    {
        if (form.Steps.Count == 1)
            return 0;
        var axis = form.Axis < 0 ? form.Axis + real.Dims.Count : form.Axis;
        return axis >= 0 && axis < real.Dims.Count && real.Dims[(int)axis] == form.Steps.Count ? (int)axis : null;
    }
}

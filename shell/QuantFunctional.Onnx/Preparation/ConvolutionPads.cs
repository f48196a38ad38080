using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Lets a Conv pad by itself what a Pad of zeros before it pads, since Pad has no integer kernel.</summary>
internal static class ConvolutionPads
{
    /// <summary>Merges every Pad that only one Conv reads.</summary>
    internal static void Merge(GraphEditor graph)
    {
        var index = graph.Index;
        var merged = new List<NodeProto>();
        foreach (var pad in graph.Graph.Node.Where(n => n.Is("Pad")))
        {
            if (index.SoleConsumer(pad.Output[0]) is not { } reader || !reader.Is("Conv")
                || reader.Input[0] != pad.Output[0] || Pads(pad, index) is not { } pads
                || reader.GetString("auto_pad", "NOTSET") is not ("NOTSET" or "VALID"))
                continue;
            var own = reader.GetInts("pads") ?? [.. new long[pads.Count]];
            if (own.Count != pads.Count)
                continue;
            reader.SetInts("pads", own.Zip(pads, (first, second) => first + second).ToList());
            reader.Remove("auto_pad");
            reader.Input[0] = pad.Input[0];
            merged.Add(pad);
        }

        graph.RemoveNodes(merged);
        graph.Changed();
    }

    // The pads of the spatial axes, begins before ends; null where zeros on these axes are not all that the node adds
    private static IReadOnlyList<long>? Pads(NodeProto pad, GraphIndex index)
    {
        var isPlain = pad.GetString("mode", "constant") == "constant" && pad.InputOrEmpty(3).Length == 0;
        if (!isPlain || !IsZero(pad.InputOrEmpty(2), index) || index.Initializer(pad.InputOrEmpty(1)) is not { } tensor)
            return null;
        var pads = TensorData.Integers(tensor);
        var rank = pads.Length / 2;
        if (rank < 3 || pads.Any(p => p < 0) || pads[0] + pads[1] + pads[rank] + pads[rank + 1] > 0)
            return null;
        return [.. pads[2..rank], .. pads[(rank + 2)..]];
    }

    private static bool IsZero(string value, GraphIndex index) =>
        value.Length == 0
        || (index.Initializer(value) is { } tensor && TensorData.IsReal(tensor) && TensorData.Floats(tensor) is [0]);
}

using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Decoders;

/// <summary>A decoder of 16 tokens with one past, which adds up what it read and holds the likeliest next token for it.</summary>
internal static class SmallDecoder
{
    internal const int Choices = 16;

    /// <summary>The model; one that forgets gives a past that it does not read.</summary>
    internal static OnnxModel Of(bool forgets = false, bool withPast = true)
    {
        var model = new ModelBuilder(opset: 17).Input("input_ids", DataType.Int64, -1, -1).Input("attention_mask", DataType.Int64, -1, -1)
            .Between("embedding", -1, 1, Choices, 8).Between("head", -1, 1, 8, Choices)
            .Longs("parts", 0, 0, 2, 4).Longs("whole", 0, 0, 8).Longs("axis", 2).Longs("one", 1).Longs("end", int.MaxValue)
            .Node("Gather", ["embedding", "input_ids"], "e").Node("Reshape", ["e", "parts"], "r")
            .Node("Transpose", ["r"], "k", node => node.SetInts("perm", [0, 2, 1, 3]));
        if (withPast)
        {
            model.Input("past_key_values.0.key", -1, 2, -1, 4)
                .Node("Concat", ["past_key_values.0.key", "k"], "present.0.key", node => node.SetInt("axis", 2));
        }

        model.Node("CumSum", [withPast && !forgets ? "present.0.key" : "k", "axis"], "sums")
            .Node("Shape", ["input_ids"], "shape").Node("Gather", ["shape", "one"], "new").Node("Neg", ["new"], "start")
            .Node("Slice", ["sums", "start", "end", "axis"], "last")
            .Node("Transpose", ["last"], "t", node => node.SetInts("perm", [0, 2, 1, 3])).Node("Reshape", ["t", "whole"], "h")
            .Node("MatMul", ["h", "head"], "logits").Output("logits", -1, -1, Choices);
        return (withPast ? model.Output("present.0.key", -1, 2, -1, 4) : model).Build();
    }

    /// <summary>Rows of tokens, the same for the same seed.</summary>
    internal static long[] Tokens(int rows, int length, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows * length).Select(_ => (long)random.Next(Choices))];
    }
}

namespace Shell.Tests.Support;

/// <summary>A convolution, float and quantized, whose neighbouring products saturate where a processor adds them in pairs.</summary>
internal static class ProcessorModels
{
    private const int Samples = 5;

    /// <summary>Writes float.onnx, quantized.onnx, safe.onnx (no pair saturates), real.onnx (a node runs in float) and x.npy.</summary>
    internal static void Write(TemporaryFolder folder)
    {
        sbyte[] weights = [.. Enumerable.Range(0, 16).Select(i => (sbyte)(127 - (i % 5)))];
        sbyte[] half = Array.ConvertAll(weights, weight => (sbyte)(weight / 2));
        folder.Write("float.onnx", Float(weights).Build().ToBytes());
        folder.Write("quantized.onnx", Quantized(weights, null).Build().ToBytes());
        folder.Write("safe.onnx", Quantized(half, null).Build().ToBytes());
        folder.Write("real.onnx", Quantized(weights, "Exp").Build().ToBytes());
        float[] x = [.. Enumerable.Range(0, Samples * 32).Select(i => 1.5f + (0.07f * (i % 33)))];
        folder.Write("x.npy", Npy.Of(x, Samples, 2, 4, 4));
    }

    private static ModelBuilder Float(sbyte[] weights) => new ModelBuilder().Input("x", -1, 2, 4, 4)
        .Floats("w", [2, 2, 2, 2], Array.ConvertAll(weights, weight => weight * 0.01f))
        .Node("Conv", ["x", "w"], "y", node => node.Name = "conv").Output("y", -1, 2, 3, 3);

    private static ModelBuilder Quantized(sbyte[] weights, string? between)
    {
        var model = new ModelBuilder().Input("x", -1, 2, 4, 4).Pair("x", "xq", 0.015f, 0)
            .Weights("w", [2, 2, 2, 2], weights, [0.01f], 0)
            .Node("Conv", ["xq", "w"], "conv", node => node.Name = "conv");
        if (between is not null)
            model.Node(between, ["conv"], "real", node => node.Name = "between");
        return model.Pair(between is null ? "conv" : "real", "y", 0.13f, 0).Output("y", -1, 2, 3, 3);
    }
}

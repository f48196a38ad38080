using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Support;

/// <summary>Models that begin with the rows of a table, as language models do.</summary>
internal static class TokenModels
{
    internal const int Tokens = 70;
    internal const int Width = 48;

    /// <summary>Tokens, a table, a product, and a head of its own.</summary>
    internal static ModelBuilder Apart(long opset) => Begun(opset)
        .Random("head.weight", Width, Tokens)
        .Node("MatMul", ["a", "head.weight"], "y")
        .Output("y", -1, -1, Tokens);

    /// <summary>The same, with the table as head: by a Transpose, by a copy of it, or by a Gemm that transposes.</summary>
    internal static ModelBuilder Shared(long opset, string form)
    {
        var model = Begun(opset);
        switch (form)
        {
            case "Transpose":
                model.Node("Transpose", ["table"], "head.weight", "perm=1,0").Node("MatMul", ["a", "head.weight"], "y");
                break;
            case "copy":
                var table = TensorData.Floats(model.Build().Graph.Initializer.Single(tensor => tensor.Name == "table"));
                float[] turned = [.. Enumerable.Range(0, table.Length).Select(at => table[(at % Tokens * Width) + (at / Tokens)])];
                model.Floats("head.weight", [Width, Tokens], turned).Node("MatMul", ["a", "head.weight"], "y");
                break;
            default:
                return model.Longs("rows", -1, Width).Node("Reshape", ["a", "rows"], "b")
                    .Node("Gemm", ["b", "table"], "y", "transB=1").Output("y", -1, Tokens);
        }

        return model.Output("y", -1, -1, Tokens);
    }

    /// <summary>What a model makes of some tokens.</summary>
    internal static float[] Run(OnnxModel model, OrtExecution execution)
    {
        using var options = execution.Options();
        using var session = new InferenceSession(model.ToBytes(), options);
        long[] tokens = [.. Enumerable.Range(0, 2 * Tokens).Select(at => (long)(at * 37 % Tokens))];
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("ids", new DenseTensor<long>(tokens, [2, Tokens]))]);
        return results[0].Value is Tensor<Float16> half ? [.. half.Select(value => value.ToFloat())] : [.. results[0].AsTensor<float>()];
    }

    private static ModelBuilder Begun(long opset) => new ModelBuilder(opset, opset < 21 ? 8 : 10)
        .Input("ids", DataType.Int64, -1, -1)
        .Random("table", Tokens, Width)
        .Node("Gather", ["table", "ids"], "rows of tokens")
        .Random("a.weight", Width, Width)
        .Node("MatMul", ["rows of tokens", "a.weight"], "a");
}

using Google.Protobuf;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;

namespace QuantFunctional.Fuzz.Readers;

/// <summary>Small models: float and quantized, with bodies, with numbers in typed fields and in a file beside.</summary>
internal static class SeedModels
{
    /// <summary>Two convolutions that are added, and a product.</summary>
    internal static OnnxModel Float() => new ModelBuilder()
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", 2, 4)
        .Node("Relu", ["a"], "b")
        .Conv("b", "c", 4, 4)
        .Node("Add", ["b", "c"], "d")
        .Node("GlobalAveragePool", ["d"], "e")
        .Longs("to", 1, 4)
        .Node("Reshape", ["e", "to"], "f")
        .Random("w", 4, 5)
        .Node("MatMul", ["f", "w"], "y")
        .Output("y", 1, 5)
        .Build();

    /// <summary>Quantizes the model into a folder, with its plan.</summary>
    internal static IntegerModel Quantize(string folder, OnnxModel model)
    {
        string At(string name) => Path.Combine(folder, name);
        File.WriteAllBytes(At("model.onnx"), model.ToBytes());
        var numbers = new Numbers(1);
        float[] values = [.. Enumerable.Range(0, 16 * 128).Select(_ => (numbers.Below(2001) / 1000f) - 1)];
        AtomicFile.Write(At("data.npy"), stream => NpyWriter.Write<float>(stream, values, 16, 2, 8, 8), overwrite: true);
        OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = At("model.onnx"),
            Calibration = At("data.npy"),
            PlanPath = At("model.json"),
            Overwrite = true,
        }).GetAwaiter().GetResult();
        return IntegerModel.Load(At("model.int8.onnx"));
    }

    /// <summary>Quantizes the model of that folder to 16 bits, where every bias is corrected, and saves the recipe.</summary>
    internal static void SaveRecipe(string folder) => OnnxQuantizer.QuantizeAsync(new QuantizeRequest
    {
        Model = Path.Combine(folder, "model.onnx"),
        Calibration = Path.Combine(folder, "data.npy"),
        RecipePath = Path.Combine(folder, "recipe.json"),
        Precision = Precision.TfliteInt16,
        Overwrite = true,
    }).GetAwaiter().GetResult();

    internal static IReadOnlyList<InputFiles> All(OnnxModel model, string quantized) =>
    [
        Files(model.Proto), new([("model.onnx", File.ReadAllBytes(quantized))]), Files(InTypedFields(model.Proto)), Files(WithBody(model.Proto)),
    ];

    /// <summary>The same model with its tensors in a file beside it.</summary>
    internal static InputFiles InTwoFiles(byte[] model)
    {
        var proto = ModelProto.Parser.ParseFrom(model);
        using var data = new MemoryStream();
        foreach (var tensor in proto.Graph.Initializer.Where(tensor => tensor.RawData.Length > 0))
        {
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            tensor.ExternalData.Add(Entry("location", "weights.bin"));
            tensor.ExternalData.Add(Entry("offset", $"{data.Length}"));
            tensor.ExternalData.Add(Entry("length", $"{tensor.RawData.Length}"));
            data.Write(tensor.RawData.Span);
            tensor.ClearRawData();
        }

        return new([("model.onnx", proto.ToByteArray()), ("weights.bin", data.ToArray())]);
    }

    private static InputFiles Files(ModelProto proto) => new([("model.onnx", proto.ToByteArray())]);

    private static ModelProto InTypedFields(ModelProto proto)
    {
        var typed = proto.Clone();
        foreach (var tensor in typed.Graph.Initializer)
        {
            if (TensorData.IsReal(tensor))
                tensor.FloatData.AddRange(TensorData.Floats(tensor));
            else
                tensor.Int64Data.AddRange(TensorData.Integers(tensor));
            tensor.ClearRawData();
        }

        return typed;
    }

    private static ModelProto WithBody(ModelProto proto)
    {
        var whole = proto.Clone();
        var body = new GraphProto { Name = "body", Node = { new NodeProto { OpType = "Neg", Input = { "y" }, Output = { "inside" } } } };
        body.Output.Add(new ValueInfoProto { Name = "inside", Type = proto.Graph.Output[0].Type.Clone() });
        var node = new NodeProto { OpType = "If", Input = { "yes" }, Output = { "z" } };
        foreach (var branch in new[] { "then_branch", "else_branch" })
            node.Attribute.Add(new AttributeProto { Name = branch, Type = AttributeProto.Types.AttributeType.Graph, G = body.Clone() });
        whole.Graph.Initializer.Add(TensorData.Make("yes", [], TensorProto.Types.DataType.Bool, [1]));
        whole.Graph.Node.Add(node);
        whole.Graph.Output[0].Name = "z";
        return whole;
    }

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
}

using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>However a file holds its weights, the quantized model is the same.</summary>
public class WeightStorageTests
{
    [Fact]
    public void Raw_bytes_typed_fields_Constant_nodes_and_external_data_give_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var raw = Network().Build();
        var samples = Samples.Random(raw, 4);
        var data = samples.Write(folder.File("samples.npz"));

        var models = new[] { raw, Typed(raw.Clone()), Constants(raw.Clone()), External(raw.Clone(), folder) };
        var results = models.Select(model => Quantize(model, data)).ToList();

        Assert.Equal(4, results.Count);
        Assert.All(results, bytes => Assert.Equal(results[0], bytes));

        byte[] Quantize(OnnxModel model, string calibration)
        {
            var report = QuantFunctional.Onnx.OnnxQuantizer.QuantizeAsync(new()
            {
                Model = folder.Write("model.onnx", model.ToBytes()),
                Calibration = calibration,
                Overwrite = true,
            }).GetAwaiter().GetResult();
            return File.ReadAllBytes(report.OutputPath!);
        }
    }

    private static ModelBuilder Network() => new ModelBuilder()
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", 2, 4)
        .Node("Relu", ["a"], "b")
        .Conv("b", "y", 4, 3)
        .Output("y");

    private static OnnxModel Typed(OnnxModel model)
    {
        foreach (var tensor in model.Graph.Initializer)
        {
            tensor.FloatData.Add(TensorData.Floats(tensor));
            tensor.ClearRawData();
        }

        return model;
    }

    private static OnnxModel Constants(OnnxModel model)
    {
        var at = 0;
        foreach (var tensor in model.Graph.Initializer)
        {
            var node = new NodeProto { OpType = "Constant", Output = { tensor.Name } };
            var value = tensor.Clone();
            value.Name = "";
            node.SetTensor("value", value);
            model.Graph.Node.Insert(at++, node);
        }

        model.Graph.Initializer.Clear();
        return model;
    }

    private static OnnxModel External(OnnxModel model, TemporaryFolder folder)
    {
        using var file = File.Create(folder.File("weights.bin"));
        foreach (var tensor in model.Graph.Initializer)
        {
            var offset = file.Position;
            file.Write(tensor.RawData.Span);
            tensor.ExternalData.Add(Entry("location", "weights.bin"));
            tensor.ExternalData.Add(Entry("offset", $"{offset}"));
            tensor.ExternalData.Add(Entry("length", $"{tensor.RawData.Length}"));
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            tensor.ClearRawData();
        }

        return model;

        static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
    }
}

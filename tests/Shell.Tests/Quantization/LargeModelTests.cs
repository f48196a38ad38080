using Google.Protobuf;
using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>
/// Models with their weights in files beside them. What is done with models above 1.5 GB is tried with small ones, which are made
/// large by a switch; bench/results has a real one.
/// </summary>
public sealed class LargeModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        ModelSize.Override.Value = null;
        _folder.Dispose();
    }

    // the first product has more than 1 MB of weights, which are read when they are looked at
    private static ModelBuilder Products() => new ModelBuilder(13, 7)
        .Input("x", -1, 520).Gemm("x", "a", 520, 512).Node("Relu", ["a"], "b").Gemm("b", "y", 512, 300).Output("y", -1, 300);

    private static ModelBuilder Convolutions() => new ModelBuilder(13, 7)
        .Input("x", -1, 3, 8, 8).Conv("x", "a", 3, 8).Node("Relu", ["a"], "b").Node("Sigmoid", ["b"], "c")
        .Node("Mul", ["b", "c"], "d").Conv("d", "y", 8, 4).Output("y", -1, 4, 8, 8);

    private static ModelBuilder Attention() => new ModelBuilder(17, 8)
        .Input("x", -1, 6, 32).Random("w", 32, 32).Node("MatMul", ["x", "w"], "q").Random("v", 32, 32).Node("MatMul", ["x", "v"], "k")
        .Node("Transpose", ["k"], "t", node => node.SetInts("perm", [0, 2, 1])).Node("MatMul", ["q", "t"], "s")
        .Node("Softmax", ["s"], "p").Node("MatMul", ["p", "k"], "y").Output("y", -1, 6, 32);

    public static TheoryData<string> Models => ["products", "convolutions", "attention"];

    private static OnnxModel Model(string name) => name switch
    {
        "products" => Products().Build(),
        "convolutions" => Convolutions().Build(),
        _ => Attention().Build(),
    };

    /// <summary>Writes a model with its large tensors in a file beside it.</summary>
    private string WithDataBeside(OnnxModel model, string name = "model.onnx", string data = "weights.bin")
    {
        using (var stream = new FileStream(_folder.File(data), FileMode.Create, FileAccess.ReadWrite))
            _folder.Write(name, new DataFile(data, stream).Refer(model.Proto).ToByteArray());
        return _folder.File(name);
    }

    private async Task<QuantizationReport> QuantizeAsync(string model, string samples, string output, bool external = false) =>
        await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = model,
            Calibration = samples,
            OutputPath = _folder.File(output),
            PlanPath = _folder.File(output + ".json"),
            ExternalData = external,
        });

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Whatever_size_it_is_the_result_has_the_same_integers_and_figures(string name)
    {
        var original = Model(name);
        var inside = _folder.Write("inside.onnx", original.ToBytes());
        var beside = WithDataBeside(original);
        var samples = Samples.Random(original, 6).Write(_folder.File("samples.npz"));

        var small = await QuantizeAsync(inside, samples, "small.onnx");
        ModelSize.Override.Value = 0;
        var large = await QuantizeAsync(beside, samples, "large.onnx");
        var compared = await ModelComparer.CompareAsync(beside, large.QuantizedModel, samples, withEngine: true);
        var inspected = await OnnxQuantizer.InspectAsync(large.QuantizedModel);
        var verified = IntegerModel.Load(large.QuantizedModel).Certify();
        ModelSize.Override.Value = null;

        Assert.True(File.Exists(_folder.File("large.onnx.data")));
        Assert.False(File.Exists(_folder.File("small.onnx.data")));
        Assert.Equal(ModelDigest.Of(OnnxModel.Load(small.OutputPath!)), ModelDigest.Of(OnnxModel.Load(large.OutputPath!)));
        Assert.Equal(small.Operators, large.Operators);
        Assert.Equal(small.Check!.Outputs[0].SqnrDb, large.Check!.Outputs[0].SqnrDb);
        var expected = await ModelComparer.CompareAsync(inside, small.QuantizedModel, samples, withEngine: true);
        Assert.Equal(expected.Outputs[0].SqnrDb, compared.Outputs[0].SqnrDb);
        Assert.Equal(expected.Engine!.Differing, compared.Engine!.Differing);
        Assert.Equal(small.Operators, inspected.Operators);
        Assert.Equal(IntegerModel.Load(small.QuantizedModel).Certify().Passed, verified.Passed);
    }

    [Theory]
    [InlineData("int8", "products")]
    [InlineData("int4", "products")]
    [InlineData("int4", "attention")]
    public async Task Weights_alone_are_written_one_by_one_and_are_the_same(string type, string name)
    {
        var original = Model(name);
        var inside = _folder.Write("inside.onnx", original.ToBytes());
        var beside = WithDataBeside(original);
        var samples = Samples.Random(original, 6).Write(_folder.File("samples.npz"));
        QuantizeWeightsRequest Request(string model, string output) => new()
        {
            Model = model,
            OutputPath = _folder.File(output),
            PlanPath = _folder.File(output + ".json"),
            Type = type == "int4" ? WeightType.Int4 : WeightType.Int8,
        };

        var small = await OnnxQuantizer.QuantizeWeightsAsync(Request(inside, "small.onnx") with { Calibration = samples });
        ModelSize.Override.Value = 0;
        var large = await OnnxQuantizer.QuantizeWeightsAsync(Request(beside, "large.onnx") with { Calibration = samples });
        ModelSize.Override.Value = null;

        Assert.Equal(ModelDigest.Of(OnnxModel.Load(small.OutputPath!)), ModelDigest.Of(OnnxModel.Load(large.OutputPath!)));
        Assert.Equal(small.WeightOnlyLayers.Select(layer => layer.SqnrDb), large.WeightOnlyLayers.Select(layer => layer.SqnrDb));
        Assert.Equal(small.Check!.Outputs[0].SqnrDb, large.Check!.Outputs[0].SqnrDb);
        Assert.Equal(small.Plan.WeightOnlyLayers, large.Plan.WeightOnlyLayers);
        Assert.Equal(small.Plan.WeightOnlyLayers, PlanFile.Read(_folder.File("large.onnx.json")).WeightOnlyLayers);
        Assert.Empty(large.Operators);
        Assert.NotEmpty(small.Operators);
    }

    /// <summary>A model above 1.5 GB whose result is not: the weights wait in a file, and end in the model.</summary>
    [Fact]
    public async Task A_result_that_is_small_enough_is_one_file()
    {
        var beside = WithDataBeside(Products().Build());
        ModelSize.Override.Value = 1_000_000;

        var report = await OnnxQuantizer.QuantizeWeightsAsync(
            new QuantizeWeightsRequest { Model = beside, Type = WeightType.Int4, OutputPath = _folder.File("result.onnx") });

        Assert.Empty(report.Operators);
        Assert.Equal(
            ["model.onnx", "result.onnx", "weights.bin"],
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(new FileInfo(report.OutputPath!).Length, report.BytesAfter);
        Assert.DoesNotContain(OnnxModel.Load(report.OutputPath!).Graph.Initializer, tensor => FileBytes.Are(tensor.RawData));
    }

    [Fact]
    public async Task External_data_is_written_where_it_is_asked_for_and_replaced_with_its_model()
    {
        var original = Convolutions().Build();
        var model = _folder.Write("model.onnx", original.ToBytes());
        var samples = Samples.Random(original, 6).Write(_folder.File("samples.npz"));

        var report = await QuantizeAsync(model, samples, "result.onnx", external: true);

        var data = _folder.File("result.onnx.data");
        Assert.Equal(new FileInfo(report.OutputPath!).Length + new FileInfo(data).Length, report.BytesAfter);
        await File.WriteAllBytesAsync(report.OutputPath!, []);
        File.Delete(report.OutputPath!);
        File.Delete(_folder.File("result.onnx.json"));
        File.Delete(_folder.File("result.onnx.npz"));
        var fault = await Assert.ThrowsAsync<QuantException>(() => QuantizeAsync(model, samples, "result.onnx", external: true));
        Assert.Contains("result.onnx.data: exists already", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_of_the_input_is_never_written_over()
    {
        var beside = WithDataBeside(Products().Build(), data: "result.onnx.data");
        var before = await File.ReadAllBytesAsync(_folder.File("result.onnx.data"));

        var fault = await Assert.ThrowsAsync<QuantException>(() => OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = beside,
            OutputPath = _folder.File("result.onnx"),
            Overwrite = true,
            ExternalData = true,
        }));

        Assert.Contains("result.onnx.data: this is an input", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder.File("result.onnx.data")));
    }

    [Fact]
    public void Large_tensors_are_read_when_they_are_looked_at_and_a_file_that_shrank_is_told()
    {
        var loaded = OnnxModel.Load(WithDataBeside(Products().Build()));
        var large = loaded.Graph.Initializer.Where(tensor => FileBytes.Are(tensor.RawData)).ToList();

        Assert.Equal("a.weight", Assert.Single(large).Name);
        Assert.Equal(Products().Build().ToBytes().Length, loaded.ToBytes().Length);
        var again = OnnxModel.Load(_folder.File("model.onnx"));
        File.WriteAllBytes(_folder.File("weights.bin"), [1, 2, 3]);
        Assert.Contains("weights.bin: cannot be read", Check.Refusal(() => again.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_more_than_2_GB_is_refused_by_its_name()
    {
        var tensor = new TensorProto
        {
            Name = "giant",
            Dims = { 1 << 16, 1 << 14 },
            DataType = (int)TensorProto.Types.DataType.Float,
            DataLocation = TensorProto.Types.DataLocation.External,
            ExternalData = { new StringStringEntryProto { Key = "location", Value = "giant.bin" } },
        };
        var model = new ModelBuilder().Input("x", 1, 1 << 16).Initializer(tensor).Node("MatMul", ["x", "giant"], "y").Output("y").Build();
        var path = _folder.Write("giant.onnx", model.ToBytes());

        var message = Check.Refusal(() => OnnxModel.Load(path));

        Assert.Contains("'giant' is larger than 2 GB by itself", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_result_needs_a_file()
    {
        var bytes = Products().Build().ToBytes();
        ModelSize.Override.Value = 0;

        var fault = await Assert.ThrowsAsync<QuantException>(() => OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest { Model = bytes }));

        Assert.Contains("name a file for it", fault.Message, StringComparison.Ordinal);
    }
}

using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Decoders;

/// <summary>The real numbers that are written of integer weights are those of ONNX Runtime, bit for bit.</summary>
public sealed class WrittenRealsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Int4")]
    [InlineData("Uint4")]
    [InlineData("Int8")]
    [InlineData("Uint8")]
    public async Task Numbers_are_those_of_DequantizeLinear(string name)
    {
        var type = Enum.Parse<DataType>(name);
        var random = new Random((int)type);
        for (var run = 0; run < 30; run++)
        {
            var (inputs, channels, transB, half) = (random.Next(1, 70), random.Next(1, 20), random.Next(3) == 0, random.Next(4) == 0);
            long[] dims = transB ? [channels, inputs] : [inputs, channels];
            var channelAxis = transB ? 0 : 1;
            // one step for all, for each channel, or for each block of a channel
            int? block = random.Next(3) switch { 0 => null, _ => 16 << random.Next(3) };
            var perTensor = block is null && random.Next(2) == 0;
            long[] steps = perTensor ? [] : block is null ? [channels]
                : [.. dims.Select((size, axis) => axis == channelAxis ? size : (size + block.Value - 1) / block.Value)];
            var conversion = new NodeProto { OpType = "DequantizeLinear", Input = { "q", "s" }, Output = { "w" } };
            conversion.SetInt("axis", block is null ? channelAxis : 1 - channelAxis);
            if (block is { } size)
                conversion.SetInt("block_size", size);
            var tensors = new List<TensorProto> { Integers(random, "q", dims, type), Steps(random, "s", steps, half) };
            if (random.Next(2) == 0)
            {
                conversion.Input.Add("z");
                tensors.Add(Integers(random, "z", steps, type));
            }

            var real = half ? DataType.Float16 : DataType.Float;
            var alone = With(new ModelBuilder(21, 10), tensors, conversion).Output("w", real, dims).Build();
            var model = With(new ModelBuilder(21, 10).Input("x", real, -1, inputs), tensors, conversion)
                .Node("Gemm", ["x", "w"], "y", node => node.SetInt("transB", transB ? 1 : 0)).Output("y", real, -1, channels).Build();

            var report = await ModelWeights.WriteAsync(new WriteWeightsRequest { Model = model.ToBytes(), OutputPath = _folder.File("w.npz"), Overwrite = true });

            Assert.Equal([inputs, channels], Assert.Single(report.Weights).Sizes);
            Assert.Empty(report.NotRead);
            var expected = OfRuntime(alone, half);
            var written = Npy.ReadAll<float>(_folder.File("w.npz"), "y");
            Assert.All(Enumerable.Range(0, written.Length), at => Assert.Equal(
                Bits(expected[transB ? (at % channels * inputs) + (at / channels) : at]), Bits(written[at])));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public async Task Numbers_are_those_that_MatMulNBits_multiplies_by(int bits)
    {
        var random = new Random(bits);
        for (var run = 0; run < 12; run++)
        {
            var (inputs, channels, block) = (random.Next(1, 100), random.Next(1, 20), 16 << random.Next(3));
            var blocks = (inputs + block - 1) / block;
            var zeroBytes = ((blocks * bits) + 7) / 8;
            var model = new ModelBuilder(21, 10).Opset("com.microsoft", 1).Input("x", -1, inputs)
                .Initializer(Integers(random, "b", [channels, blocks, block * bits / 8], DataType.Uint8))
                .Initializer(Steps(random, "s", [(long)channels * blocks], half: false, extremes: false))
                .Initializer(Integers(random, "z", [(long)channels * zeroBytes], DataType.Uint8))
                .Node("MatMulNBits", run % 2 == 0 ? ["x", "b", "s", "z"] : ["x", "b", "s"], "y", node =>
                {
                    node.Domain = "com.microsoft";
                    node.SetInt("K", inputs);
                    node.SetInt("N", channels);
                    node.SetInt("bits", bits);
                    node.SetInt("block_size", block);
                    node.SetInt("accuracy_level", 1);
                })
                .Output("y", -1, channels).Build();
            var unit = new float[inputs * inputs];
            for (var at = 0; at < inputs; at++)
                unit[at * (inputs + 1)] = 1;
            var expected = Run.Model(model.ToBytes(), new Dictionary<string, FloatTensor> { ["x"] = new([inputs, inputs], unit) })["y"].Values;

            var report = await ModelWeights.WriteAsync(new WriteWeightsRequest { Model = model.ToBytes(), OutputPath = _folder.File("w.npz"), Overwrite = true });

            Assert.Equal(run % 2 == 0 ? $"uint{bits}" : $"int{bits}", Assert.Single(report.Weights).Weights);
            // the unit matrix adds zeros, which leave a number as it is but for the sign of 0
            Assert.Equal(expected, Npy.ReadAll<float>(_folder.File("w.npz"), "y"));
        }
    }

    [Fact]
    public async Task Rows_of_an_embedding_are_those_that_are_gathered()
    {
        foreach (var form in new[] { TokenModels.Apart(13), TokenModels.Apart(21), TokenModels.Shared(13, "Transpose"), TokenModels.Shared(21, "copy") })
        {
            var model = form.Output("rows of tokens", -1, -1, TokenModels.Width).Build();
            var report = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest { Model = model.ToBytes() });
            var quantized = OnnxModel.Load(report.QuantizedModel);
            quantized.Graph.Output.RemoveAt(0);

            var written = await ModelWeights.WriteAsync(
                new WriteWeightsRequest { Model = report.QuantizedModel, OutputPath = _folder.File("w.npz"), Overwrite = true });

            Assert.Equal(3, written.Weights.Count);
            var rows = Npy.ReadAll<float>(_folder.File("w.npz"), report.Embeddings[0].Name);
            var gathered = TokenModels.Run(quantized, OrtExecution.Plain);
            // the tokens are 0, 37, 74 … of as many as there are
            Assert.All(Enumerable.Range(0, gathered.Length), at => Assert.Equal(
                Bits(gathered[at]), Bits(rows[(at / TokenModels.Width * 37 % TokenModels.Tokens * TokenModels.Width) + (at % TokenModels.Width)])));
        }
    }

    [Fact]
    public async Task A_folder_has_a_file_for_each_and_is_replaced_only_where_it_holds_nothing_else()
    {
        var model = _folder.Write("m.onnx", (await Quantized()).Bytes.ToArray());
        var request = new WriteWeightsRequest { Model = model, OutputPath = _folder.File("out") };

        var report = await ModelWeights.WriteAsync(request);

        Assert.Equal(["000_rows_of_tokens.npy", "001_a.npy", "002_y.npy"], report.Weights.Select(weights => weights.File));
        Assert.Equal(report.Weights.Select(weights => weights.File!), Directory.EnumerateFiles(_folder.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Same(Diagnostics.FileExists, (await Refused(request)).Diagnostic);
        await ModelWeights.WriteAsync(request with { Overwrite = true, Layer = "a" });
        Assert.Equal(["000_a.npy"], Directory.EnumerateFiles(_folder.File("out")).Select(Path.GetFileName));
        var archive = _folder.Write("m.npz", await File.ReadAllBytesAsync(model));
        _folder.Write("out/mine.txt", [1]);
        Assert.Same(Diagnostics.FileExists, (await Refused(request with { Overwrite = true })).Diagnostic);
        Assert.Same(Diagnostics.OverwritesInput, (await Refused(request with { Model = archive, OutputPath = archive, Overwrite = true })).Diagnostic);
        Assert.Same(Diagnostics.LayerMissing, (await Refused(request with { OutputPath = _folder.File("other"), Layer = "b" })).Diagnostic);
        Assert.False(Directory.Exists(_folder.File("other")));
    }

    [Fact]
    public async Task What_is_not_understood_is_named_and_a_float_model_is_refused()
    {
        var model = OnnxModel.Load(await Quantized());
        model.Graph.Node.Single(node => node.Output.Contains("y")).Input[1] = "turned";
        var conversion = model.Graph.Node.Last(node => node.OpType == "DequantizeLinear");
        model.Graph.Node.Insert(
            model.Graph.Node.IndexOf(conversion) + 1, new NodeProto { OpType = "Identity", Input = { conversion.Output[0] }, Output = { "turned" } });

        var report = await ModelWeights.WriteAsync(new WriteWeightsRequest { Model = model.ToBytes(), OutputPath = _folder.File("w.npz") });

        Assert.Contains(conversion.Name, Assert.Single(report.NotRead), StringComparison.Ordinal);
        Assert.Equal(["rows of tokens", "a"], report.Weights.Select(weights => weights.Name));
        var fault = await Refused(new WriteWeightsRequest { Model = TokenModels.Apart(21).Build().ToBytes(), OutputPath = _folder.File("f.npz") });
        Assert.Same(Diagnostics.NoIntegerLayer, fault.Diagnostic);
    }

    [Fact]
    public async Task Fewer_integers_than_are_declared_are_refused()
    {
        var integers = new TensorProto { Name = "q", DataType = (int)DataType.Int4, Dims = { 4, 4 }, Int32Data = { 1 } };
        var model = new ModelBuilder(21, 10).Input("x", -1, 4).Initializer(integers).Floats("s", [4], 1, 1, 1, 1)
            .Node("DequantizeLinear", ["q", "s"], "w").Node("MatMul", ["x", "w"], "y").Output("y", -1, 4).Build();

        var fault = await Refused(new WriteWeightsRequest { Model = model.Proto.ToByteArray(), OutputPath = _folder.File("w.npz") });

        Assert.Same(Diagnostics.TensorDamaged, fault.Diagnostic);
        Assert.False(File.Exists(_folder.File("w.npz")));
    }

    private static async Task<ModelSource> Quantized() =>
        (await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest { Model = TokenModels.Apart(21).Build().ToBytes() })).QuantizedModel;

    private static Task<QuantException> Refused(WriteWeightsRequest request) =>
        Assert.ThrowsAsync<QuantException>(() => ModelWeights.WriteAsync(request));

    private static ModelBuilder With(ModelBuilder model, IEnumerable<TensorProto> tensors, NodeProto conversion)
    {
        foreach (var tensor in tensors)
            model.Initializer(tensor.Clone());
        return model.Node(conversion.OpType, [.. conversion.Input], "w", node => node.Attribute.Add(conversion.Attribute));
    }

    private static TensorProto Integers(Random random, string name, long[] dims, DataType type)
    {
        var count = dims.Aggregate(1L, (product, dim) => product * dim);
        var bytes = new byte[type is DataType.Int4 or DataType.Uint4 ? (count + 1) / 2 : count];
        random.NextBytes(bytes);
        return TensorData.Make(name, dims, type, bytes);
    }

    private static TensorProto Steps(Random random, string name, long[] dims, bool half, bool extremes = true)
    {
        var values = new float[dims.Aggregate(1L, (product, dim) => product * dim)];
        for (var at = 0; at < values.Length; at++)
        {
            values[at] = (random.NextSingle() - 0.5f) * (extremes ? random.Next(12) : 11) switch { 0 => 1e-40f, 1 => 3e38f, 2 => 1e-5f, _ => 1 };
        }

        return half
            ? TensorData.Make(name, dims, DataType.Float16, [.. values.SelectMany(value => BitConverter.GetBytes((Half)value))])
            : TensorData.Make(name, dims, values);
    }

    private static float[] OfRuntime(OnnxModel model, bool half)
    {
        using var options = OrtExecution.Plain.Options();
        using var session = new InferenceSession(model.ToBytes(), options);
        using var run = new RunOptions();
        using var results = session.Run(run, new Dictionary<string, OrtValue>(), ["w"]);
        return half
            ? [.. results[0].GetTensorDataAsSpan<Float16>().ToArray().Select(value => (float)BitConverter.UInt16BitsToHalf(value.value))]
            : results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    // a step that is no number does not come up; an infinity times 0 does, whose sign says nothing
    private static int Bits(float value) => float.IsNaN(value) ? int.MaxValue : BitConverter.SingleToInt32Bits(value);
}

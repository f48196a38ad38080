using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;

namespace Shell.Tests.Support;

/// <summary>A small network with samples, of which statistics are taken.</summary>
internal sealed class SampledNetwork : IDisposable
{
    internal SampledNetwork(int samples, int batch = 1, int seed = 1, OnnxModel? model = null)
    {
        Model = Folder.Write("model.onnx", (model ?? Network(batch)).ToBytes());
        var random = new Random(seed);
        var values = new float[samples * 3 * 6 * 6];
        for (var i = 0; i < values.Length; i++)
            values[i] = ((random.NextSingle() * 2) - 1) * (i / 108 % 7 == 3 ? 20 : 1);
        Data = Folder.Write("x.npy", Npy.Of(values, samples, 3, 6, 6));
    }

    internal TemporaryFolder Folder { get; } = new();

    internal string Model { get; }

    internal string Data { get; }

    /// <summary>The statistics of a part of the samples.</summary>
    internal CalibrationStatistics Observed(DataShard? shard = null, Func<CalibrateRequest, CalibrateRequest>? with = null)
    {
        var request = new CalibrateRequest { Model = Model, Data = Data, Shard = shard ?? DataShard.Whole };
        return ModelCalibrator.CalibrateAsync(with?.Invoke(request) ?? request).GetAwaiter().GetResult();
    }

    /// <summary>The bytes of statistics as a file.</summary>
    internal byte[] Bytes(CalibrationStatistics statistics)
    {
        var path = Folder.File($"{Guid.NewGuid():N}.json");
        statistics.Save(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>A quantization, and the bytes of its model and plan.</summary>
    internal (QuantizationReport Report, string Result) Quantized(Func<QuantizeRequest, QuantizeRequest> with)
    {
        var folder = Directory.CreateDirectory(Folder.File($"{Guid.NewGuid():N}")).FullName;
        var request = with(new QuantizeRequest
        {
            Model = Model,
            Calibration = Data,
            OutputPath = Path.Combine(folder, "int.onnx"),
            PlanPath = Path.Combine(folder, "plan.json"),
        });
        var report = OnnxQuantizer.QuantizeAsync(request).GetAwaiter().GetResult();
        return (report, string.Join(' ', Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
            .Select(file => Convert.ToHexString(File.ReadAllBytes(file)))));
    }

    public void Dispose() => Folder.Dispose();

    // convolutions of several kinds, a join of unlike parts, a Softmax, and products
    private static OnnxModel Network(int batch) => new ModelBuilder()
        .Input("x", batch, 3, 6, 6)
        .Conv("x", "a", [4, 3, 3, 3], node => node.Set("pads=1,1,1,1 strides=2,2"))
        .Node("Relu", ["a"], "r")
        .Conv("r", "b", [4, 2, 3, 2], node => node.Set("group=2 pads=1,0,1,1"))
        .Node("Add", ["b", "r"], "s")
        .Node("Concat", ["s", "r"], "c", "axis=1")
        .Conv("c", "d", [5, 8, 1, 1], _ => { })
        .Node("Flatten", ["d"], "f")
        .Gemm("f", "g", 45, 6)
        .Node("Softmax", ["g"], "y", "axis=-1")
        .Output("y", batch, 6)
        .Build();
}

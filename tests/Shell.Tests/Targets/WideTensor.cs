using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;

namespace Shell.Tests.Targets;

/// <summary>
/// A network of two dear layers, and two cheap ones with a tensor between them that 8 bits are not enough for: one of its channels is
/// a thousand times as large as the others, and nobody reads it.
/// </summary>
internal sealed class WideTensor : IDisposable
{
    internal static readonly string[] Bad = ["narrowing", "widening"];

    internal WideTensor()
    {
        var (first, second, random) = (new float[16 * 4], new float[4 * 8], new Random(3));
        for (var i = 0; i < first.Length; i++)
            first[i] = (random.NextSingle() - 0.5f) * (i % 4 == 0 ? 1000 : 1);
        for (var i = 0; i < second.Length; i++)
            second[i] = (random.NextSingle() - 0.5f) * (i < 8 ? 0 : 1);
        var model = new ModelBuilder().Input("x", -1, 16).Random("a", 16, 64).Random("b", 64, 16).Floats("c", [16, 4], first).Floats("d", [4, 8], second)
            .Node("MatMul", ["x", "a"], "up", node => node.Name = "expanding").Node("Relu", ["up"], "r")
            .Node("MatMul", ["r", "b"], "down", node => node.Name = "reducing")
            .Node("MatMul", ["down", "c"], "wide", node => node.Name = "widening")
            .Node("MatMul", ["wide", "d"], "y", node => node.Name = "narrowing").Output("y", -1, 8).Build();
        Model = Folder.Write("model.onnx", model.ToBytes());
        Data = Samples.Random(model, 32).Write(Folder.File("samples.npz"));
    }

    internal TemporaryFolder Folder { get; } = new();

    internal string Model { get; }

    internal string Data { get; }

    internal QuantizeRequest Request(double decibels, string output = "out.onnx") => new()
    {
        Model = Model,
        Calibration = Data,
        OutputPath = Folder.File(output),
        Ranges = RangeMethod.MinMax,
        Target = new QuantizationTarget(TargetKind.Sqnr, decibels),
    };

    internal QuantizationReport Quantized(QuantizeRequest request) => OnnxQuantizer.QuantizeAsync(request).GetAwaiter().GetResult();

    public void Dispose() => Folder.Dispose();
}

using QuantFunctional;
using QuantFunctional.Onnx;

namespace Shell.Tests.House;

/// <summary>The README's C# example, run in a folder that holds the sample's files.</summary>
internal static class ReadmeExample
{
    internal static async Task RunAsync()
    {
        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = "fashion.onnx",
            Calibration = "fashion.calibration.npz",
            OutputPath = "fashion.int8.onnx",
            Precision = Precision.TfliteInt8,
        });
        foreach (var layer in report.Layers)
            Console.WriteLine($"{layer.Name}: shifts {layer.ShiftMin} to {layer.ShiftMax}, {layer.BitsGivenUp} bits given up");

        var quality = await ModelComparer.CompareAsync("fashion.onnx", report.QuantizedModel, "fashion.test.npz");
        Console.WriteLine($"top-1 {quality.FloatTop1:P1} before, {quality.QuantizedTop1:P1} after");
    }
}

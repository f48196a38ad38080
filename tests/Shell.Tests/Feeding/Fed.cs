using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Feeding;

/// <summary>A model that was quantized with some samples, compared on them in ONNX Runtime and on this library's integers, and executed.</summary>
internal sealed class Fed : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Fed(OnnxModel model, SampleData samples, Precision? precision, bool engine)
    {
        var file = _folder.Write("model.onnx", model.ToBytes());
        Report = OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = file,
            Calibration = samples,
            OutputPath = _folder.File("int8.onnx"),
            Precision = precision ?? Precision.TfliteInt8,
        }).GetAwaiter().GetResult();
        Comparison = ModelComparer.CompareAsync(file, _folder.File("int8.onnx"), samples, withEngine: engine)
            .GetAwaiter().GetResult();
        Samples = samples;
    }

    internal QuantizationReport Report { get; }

    internal ComparisonReport Comparison { get; }

    private SampleData Samples { get; }

    /// <summary>Quantizes, and asserts that so many samples were used and that the result is near the float model.</summary>
    internal static Fed With(OnnxModel model, SampleData samples, long count, Precision? precision = null, bool engine = true, double sqnrDb = 28)
    {
        var fed = new Fed(model, samples, precision, engine && precision is null);
        Assert.Equal((count, count), (fed.Report.Calibration!.Samples, fed.Comparison.Samples));
        Assert.Equal(fed.Report.Calibration.Digest, fed.Comparison.Digest);
        Assert.All(fed.Comparison.Outputs, output =>
            Assert.True(output.SqnrDb >= sqnrDb, FormattableString.Invariant($"{output.Name}: {output.SqnrDb:F1} dB")));
        if (fed.Comparison.Engine is { } compared)
            Assert.Equal(0, compared.Differing);
        return fed;
    }

    /// <summary>Runs the result on integers, and gives the shapes of its outputs.</summary>
    internal string Executed(string output = "out.npz")
    {
        var report = ModelExecutor.ExecuteAsync(new ExecuteRequest
        {
            Model = _folder.File("int8.onnx"),
            Input = Samples,
            OutputPath = _folder.File(output),
        }).GetAwaiter().GetResult();
        return string.Join("; ", report.Outputs.Select(one => $"{one.Name} {string.Join('x', one.Sizes)}"));
    }

    /// <summary>The arrays that the last run wrote.</summary>
    internal IReadOnlyList<string> Arrays() => QuantFunctional.Formats.ArrayFile.Open(_folder.File("out.npz")).Names;

    public void Dispose() => _folder.Dispose();
}

/// <summary>Numbers for samples.</summary>
internal static class Draw
{
    /// <summary>Between −1 and 1; the same for the same seed.</summary>
    internal static float[] Floats(int seed, params int[] shape)
    {
        var random = new Random(seed);
        var values = new float[shape.Aggregate(1, (product, length) => product * length)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (random.NextSingle() * 2) - 1;
        return values;
    }

    /// <summary>An array of such numbers.</summary>
    internal static byte[] Npy(int seed, params int[] shape) =>
        Support.Npy.Of(Floats(seed, shape), Array.ConvertAll(shape, length => (long)length));
}

using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Execution;

/// <summary>Whole models as ONNX Runtime ran them on each kind of processor: 300 samples of two networks.</summary>
public class ProcessorRecordingsTests
{
    private const int Samples = 300;

    private static string FashionSamples =>
        Path.Combine(Shared.Repository, "samples", "fashion", "fashion.test.npz");

    [SharedTheory]
    [InlineData("fashion", "onnxruntime-vnni", "x64_fma")]
    [InlineData("fashion", "onnxruntime-x64-sse", "x64_sse")]
    [InlineData("fashion", "onnxruntime-arm64", "arm64")]
    [InlineData("fashion", "onnxruntime-wasm", "wasm")]
    [InlineData("ic_resnet8", "onnxruntime-vnni", "x64_fma")]
    [InlineData("ic_resnet8", "onnxruntime-x64-sse", "x64_sse")]
    [InlineData("ic_resnet8", "onnxruntime-arm64", "arm64")]
    [InlineData("ic_resnet8", "onnxruntime-wasm", "wasm")]
    public void Every_profile_gives_what_its_processor_gave(string name, string profile, string recording)
    {
        var file = OnnxModel.Load(Shared.File($"golden/ort-avx2/{name}.onnx"));
        var model = IntegerModel.Load(file, Fs.BackendProfile.tryFind(profile)!.Value);
        var data = name == "fashion" ? FashionSamples : Shared.Model($"{name}.test.npz");
        using var samples = SampleSource.Open(data, file);
        using var recorded = ArrayFile.Open(Shared.File("golden/ort-processors/models.npz")).OpenArray($"{name}_{recording}");
        var expected = new float[recorded.Info.SampleLength];
        var (differing, compared) = (0, 0);

        for (; compared < Samples && samples.MoveNext() && recorded.TryRead<float>(expected); compared++)
        {
            var output = model.Run(samples.Reals()).Outputs.Values.Single().Values.Span;
            for (var i = 0; i < expected.Length; i++)
                differing += output[i] == expected[i] ? 0 : 1;
        }

        Assert.Equal((Samples, 0), (compared, differing));
    }
}

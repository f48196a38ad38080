using System.Globalization;
using System.Text.RegularExpressions;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.House;

/// <summary>The figures of the README's first row, its first command's output, and that they are the same everywhere.</summary>
public sealed class ReadmeResultsTests : IDisposable
{
    /// <summary>How many of the 1,000 images run on every processor's integers; each costs every profile some milliseconds.</summary>
    private const int Images = 100;

    private static readonly string Text = File.ReadAllText(Path.Combine(Shared.Repository, "README.md"));

    private static readonly BackendProfile[] Everywhere =
    [
        Profiles.OnnxRuntime, Profiles.OnnxRuntimeVnni, Profiles.OnnxRuntimeX64Avx2, Profiles.OnnxRuntimeX64Sse,
        Profiles.OnnxRuntimeArm64, Profiles.OnnxRuntimeWasm,
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_command_prints_what_stands_below_it()
    {
        var block = Regex.Match(Text, "The end of what it prints:\n\n```\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        var command = Regex.Match(Text, "```sh\ndotnet run [^\n]* -- (quantize [^\n]*)\n```").Groups[1].Value.Split(' ');
        var sample = Directory.CreateDirectory(_folder.File("samples", "fashion")).FullName;
        foreach (var file in new[] { "fashion.onnx", "fashion.calibration.npz", "fashion.test.npz" })
            File.Copy(Quantfn.Sample(file), Path.Combine(sample, file));

        var text = (await Quantfn.RunInAsync(_folder.Path, command)).Done();

        Assert.StartsWith("Size ", block, StringComparison.Ordinal);
        Assert.EndsWith("\n" + block, text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_row_of_the_sample_holds_on_every_processor()
    {
        var row = Regex.Match(
            Text, @"\| `samples/fashion`[^|]*\| ([\d.]+) % → ([\d.]+) % \| ([\d.]+) dB \| (\d+) % \| [^|]+ \| nothing \|");
        double Figure(int group) => double.Parse(row.Groups[group].Value, CultureInfo.InvariantCulture);
        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = Quantfn.Sample("fashion.onnx"),
            Calibration = Quantfn.Sample("fashion.calibration.npz"),
            OutputPath = _folder.File("fashion.int8.onnx"),
            Comparison = Quantfn.Sample("fashion.test.npz"),
        });
        var quality = report.Comparison!;

        Assert.True(row.Success);
        Assert.Equal(1000, quality.Samples);
        Assert.Equal(Figure(1), Math.Round(100 * quality.FloatTop1!.Value, 1));
        Assert.Equal(Figure(2), Math.Round(100 * quality.QuantizedTop1!.Value, 1));
        Assert.Equal(Figure(3), Math.Round(quality.Outputs[0].SqnrDb, 1));
        Assert.Equal(Figure(4), Math.Round(100.0 * report.BytesAfter / report.BytesBefore));
        Assert.Empty(report.LeftInFloat);
        Assert.StartsWith("The integers are the same on every processor: ", report.Holds, StringComparison.Ordinal);

        // what ONNX Runtime made of the images here is what every processor's arithmetic makes of them
        var file = OnnxModel.Load(report.QuantizedModel);
        var here = Theirs(file);
        Assert.Equal(10 * Images, here.Count);
        foreach (var profile in Everywhere)
            Assert.Equal(here, Own(file, profile));
    }

    private static List<float> Own(OnnxModel file, BackendProfile profile)
    {
        var model = IntegerModel.Load(file, profile);
        return Each(file, samples => model.Run(samples.Reals()).Outputs["logits"].Values.ToArray());
    }

    private static List<float> Theirs(OnnxModel file)
    {
        using var session = new QuantFunctional.Onnx.Comparison.ComparedModel(file);
        return Each(file, samples => session.Run(samples, ["logits"])[0].Values.Select(value => (float)value));
    }

    private static List<float> Each(OnnxModel file, Func<SampleSource, IEnumerable<float>> outputs)
    {
        using var samples = SampleSource.Open(Quantfn.Sample("fashion.test.npz"), file);
        var all = new List<float>();
        for (var i = 0; i < Images && samples.MoveNext(); i++)
            all.AddRange(outputs(samples));
        return all;
    }
}

using System.Numerics;
using System.Text.RegularExpressions;
using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn execute`: a plan's integers run on integers.</summary>
public sealed class ExecuteTests
{
    private const int Zero = -10;

    [Fact]
    public async Task A_convolution_gives_what_its_integers_say_with_every_intermediate()
    {
        using var folder = new TemporaryFolder();
        var layer = Convolution();
        var plan = Write(folder, layer);
        sbyte[] values = [.. Enumerable.Range(0, 2 * 2 * 5 * 4).Select(i => (sbyte)((i * 37 % 256) - 128))];
        var input = folder.Write("x.npy", Npy.Of(values, 2, 2, 5, 4));

        var text = (await Quantfn.RunAsync(
            "execute", plan, "--input", input, "-o", folder.File("y.npy"), "--trace-intermediates", folder.Path)).Done();

        var sums = Sums(layer, values);
        var outputs = sums.Select((sum, i) => Requantized(layer.Integers, i / 6 % 3, sum)).ToArray();
        Assert.Equal(outputs, Npy.ReadAll<sbyte>(folder.File("y.npy"), "y").Select(value => (int)value));
        var accumulators = Npy.ReadAll<long>(folder.File("accumulators.npy"), "accumulators");
        Assert.Equal(sums, accumulators);
        Assert.Equal(
            accumulators.Select((sum, i) => sum - layer.Integers.Bias[i / 6 % 3]),
            Npy.ReadAll<long>(folder.File("products.npy"), "products"));
        Assert.Contains("Input      int8, 2x2x5x4\n", text, StringComparison.Ordinal);
        Assert.Contains(
            $"Output     int8, 2x3x3x2, from {outputs.Min()} to {outputs.Max()}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_product_of_16_bits_takes_any_integers_in_range_and_tells_its_summary_as_json()
    {
        using var folder = new TemporaryFolder();
        var layer = Planner.Plan(
            LayerSpec.Product([1f, -0.5f, 0.25f, 0.75f, -1f, 0.5f], 3, 1e-3, 0, new RealRange(-9, 9)) with
            {
                InputType = ScalarType.Int16,
            },
            new PlanOptions { Precision = Precision.SimaInt16 });
        long[] values = [32767, -32768, 7, -1, 1000, -20000];
        var input = folder.Write("x.npy", Npy.Of(values, 2, 3));

        var json = (await Quantfn.RunAsync(
            "execute", Write(folder, layer), "--input", input, "-o", folder.File("y.npy"), "--json")).Json();

        var integers = layer.Integers;
        var outputs = Enumerable.Range(0, 4).Select(i =>
        {
            var sum = Enumerable.Range(0, 3).Sum(k => (values[(i / 2 * 3) + k] >> 1) * integers.Weights[(k * 2) + (i % 2)]);
            return Requantized(integers, i % 2, sum >> (integers.IntrinsicShift[i % 2] - 1));
        }).ToArray();
        Assert.Equal(outputs, Npy.ReadAll<short>(folder.File("y.npy"), "y").Select(value => (int)value));
        Assert.Equal("int16", json.GetProperty("outputType").GetString());
        Assert.Equal(outputs.Max(), json.GetProperty("highest").GetInt32());
        Assert.Equal(
            outputs.Count(value => value == integers.OutputRange.High), json.GetProperty("atClampHigh").GetInt32());
    }

    [Fact]
    public async Task An_overflow_names_its_channel_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        var plan = Write(folder, Convolution());
        var json = await File.ReadAllTextAsync(plan);
        await File.WriteAllTextAsync(plan, Regex.Replace(json, @"""bias"": \[-?\d+, -?\d+,", "\"bias\": [0, 2147483647,"));
        var input = folder.Write("x.npy", Npy.Of([.. Enumerable.Range(0, 40).Select(i => (sbyte)(i * 5 % 90))], 1, 2, 5, 4));

        var outcome = await Quantfn.RunAsync("execute", plan, "--input", input, "-o", folder.File("y.npy"));

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("channel 1: product and bias is", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("y.npy")));
    }

    [Fact]
    public async Task An_input_that_does_not_fit_is_refused()
    {
        using var folder = new TemporaryFolder();
        var plan = Write(folder, Convolution());
        async Task Refused(byte[] bytes, params string[] words) =>
            (await Quantfn.RunAsync(
                "execute", plan, "--input", folder.Write("x.npy", bytes), "-o", folder.File("y.npy"))).IsBadInput(words);

        await Refused(Npy.Of(new float[40], 1, 2, 5, 4), "x.npy", "float32");
        await Refused(Npy.Of(new byte[40], 1, 2, 5, 4), "x.npy", "uint8");
        await Refused(Npy.Of(new sbyte[40], 2, 5, 4), "x.npy", "4 axes");
        await Refused(Npy.Of(new sbyte[60], 1, 3, 5, 4), "x.npy", "2 channels");
        await Refused(Npy.Of(Array.Empty<sbyte>(), 0, 2, 5, 4), "x.npy", "at least one");
        await Refused(Npy.Of(new short[] { 0, 0, 0, 128 }, 1, 2, 2, 1), "x.npy", "index 3", "128", "int8");
        await Refused(Npy.Of([1L << 40, 0, 0, 0], 1, 2, 2, 1), "x.npy", "int32");
        await Refused(Npy.WithHeader(Npy.Header("|i1", "(0, 2, 2000000000, 2000000000)"), []), "x.npy");
        await Refused(Npy.WithHeader(Npy.Header("|i1", "(1, 2, 2000000000, 2000000000)"), []), "x.npy");
        await Refused("no array"u8.ToArray(), "x.npy");
        Assert.False(File.Exists(folder.File("y.npy")));
    }

    [Theory]
    [InlineData("p.json --layer fc --input x.npy -o y.npy", "no layer 'fc'", "conv")]
    [InlineData("two.json --input x.npy -o y.npy", "2 layers", "--layer")]
    [InlineData("weights.json --input x.npy -o y.npy", "integer weights alone")]
    [InlineData("weights.json --layer w --input x.npy -o y.npy", "layer w", "integer weights alone")]
    [InlineData("model.onnx --input x.npy -o y.npy", "model.onnx: the model does not exist")]
    [InlineData("missing.json --input x.npy -o y.npy", "missing.json")]
    [InlineData("p.json --input missing.npy -o y.npy", "missing.npy")]
    [InlineData("p.json --input x.npy -o there.npy", "there.npy", "--force")]
    [InlineData("p.json --input x.npy -o x.npy --force", "inputs are not modified")]
    [InlineData("p.json --input x.npy -o y.npy --trace-intermediates none", "--trace-intermediates", "none")]
    public async Task What_cannot_be_done_is_refused(string line, params string[] words)
    {
        using var folder = new TemporaryFolder();
        var layer = Convolution();
        Write(folder, layer);
        PlanFile.Write(
            folder.File("two.json"),
            new PlanDocument { Layers = [new NamedPlan("a", null, layer), new NamedPlan("b", null, layer)] });
        var weights = WeightOnlyPlanner.Plan(
            new WeightOnlySpec { Weights = new[] { 1f, 2f }, Shape = [1, 2], Layout = WeightLayout.OI },
            new WeightOnlyOptions());
        PlanFile.Write(
            folder.File("weights.json"),
            new PlanDocument { Layers = [], WeightOnlyLayers = [new NamedWeightOnlyPlan("w", null, weights)] });
        folder.Write("x.npy", Npy.Of(new sbyte[40], 1, 2, 5, 4));
        folder.Write("there.npy", []);

        string[] words2 = ["execute", .. line.Split(' ').Select(
            word => word.Contains('.', StringComparison.Ordinal) || word == "none" ? folder.File(word) : word)];
        (await Quantfn.RunAsync(words2)).IsBadInput(words);
        Assert.False(File.Exists(folder.File("y.npy")));
    }

    private static QuantizedLayer Convolution() => Planner.Plan(
        LayerSpec.Convolution(
            [.. Enumerable.Range(0, 3 * 2 * 9).Select(i => ((i * 7 % 13) - 6) / 10f)], [3, 2, 3, 3], 0.02, Zero,
            new RealRange(-3, 4)) with
        {
            Strides = [2, 2],
            Pads = [1, 1, 1, 1],
        },
        new PlanOptions());

    private static string Write(TemporaryFolder folder, QuantizedLayer layer)
    {
        PlanFile.Write(folder.File("p.json"), new PlanDocument { Layers = [new NamedPlan("conv", null, layer)] });
        return folder.File("p.json");
    }

    /// <summary>Σ (x − zero point)·w of two samples of 2x5x4 under a 3x3 kernel with stride 2 and padding 1.</summary>
    private static List<long> Sums(QuantizedLayer layer, sbyte[] values)
    {
        var sums = new List<long>();
        for (var output = 0; output < 2 * 3 * 3 * 2; output++)
        {
            var (sample, channel, y, x) = (output / 18, output / 6 % 3, output / 2 % 3, output % 2);
            var sum = 0L;
            for (var tap = 0; tap < 2 * 3 * 3; tap++)
            {
                var (input, row, column) = (tap / 9, (y * 2) - 1 + (tap / 3 % 3), (x * 2) - 1 + (tap % 3));
                if (row is >= 0 and < 5 && column is >= 0 and < 4)
                {
                    var value = values[(((((sample * 2) + input) * 5) + row) * 4) + column];
                    sum += (value - Zero) * layer.Integers.Weights[(channel * 18) + tap];
                }
            }

            sums.Add(sum);
        }

        return sums;
    }

    /// <summary>floor(sum·multiplier / 2^shift + 1/2), the offset added, clamped.</summary>
    private static int Requantized(IntegerLayer layer, int channel, long sum)
    {
        var half = BigInteger.One << layer.Shift[channel] >> 1;
        var scaled = ((sum * (BigInteger)layer.Multiplier[channel]) + half) >> layer.Shift[channel];
        return (int)BigInteger.Clamp(scaled + layer.OutputOffset, layer.OutputRange.Low, layer.OutputRange.High);
    }
}

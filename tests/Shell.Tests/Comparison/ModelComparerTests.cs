using System.Text.Json;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Comparison;

public sealed class ModelComparerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_is_equal_to_itself()
    {
        Save("f.onnx", Scaled(1));
        Data([1, 2, 3, 4, 5, 6], 2, 3);
        var report = await Compare("f.onnx", "f.onnx");
        Assert.Equal(new OutputComparison("y", double.PositiveInfinity, 1, 0), Assert.Single(report.Outputs) with { Parts = null });
        Assert.Equal((2L, null, null, 1.0), (report.Samples, report.FloatTop1, report.QuantizedTop1, report.Agreement));
    }

    [Fact]
    public async Task The_figures_are_those_of_all_samples_as_one_vector()
    {
        Save("f.onnx", Scaled(1));
        Save("q.onnx", Scaled(1, 0.5f, -0.25f, 0));
        var random = new Random(3);
        var x = Enumerable.Range(0, 60).Select(_ => random.NextSingle() * 8 - 4).ToArray();
        Data(x, 20, 3);
        var y = Assert.Single((await Compare("f.onnx", "q.onnx")).Outputs);

        double[] offsets = [0.5, -0.25, 0];
        var f = x.Select(value => (double)value).ToArray();
        var q = x.Select((value, i) => (double)(float)(value + offsets[i % 3])).ToArray();
        var signal = f.Sum(v => v * v);
        var noise = f.Zip(q, (a, b) => (a - b) * (a - b)).Sum();
        Assert.Equal(10 * Math.Log10(signal / noise), y.SqnrDb, 1e-9);
        Assert.Equal(1 - MathNet.Numerics.Distance.Cosine(f, q), y.Cosine, 1e-12);
        Assert.Equal(f.Zip(q, (a, b) => Math.Abs(a - b)).Max(), y.MaxAbsError);
    }

    [Fact]
    public async Task Top_1_and_agreement_are_fractions_of_samples()
    {
        Save("f.onnx", Scaled(1));
        Save("q.onnx", Scaled(1, 0, 0, 1.5f));
        // arg max of the float model: 0, 1, 2, 0 (the first of equals); of the other: 2, 1, 2, 2
        Data([2, 0, 1, 0, 9, 0, 0, 0, 1, 3, 3, 3], 4, 3, ("labels", Npy.Of(new byte[] { 0, 1, 0, 2 }, 4)));
        var report = await Compare("f.onnx", "q.onnx");
        Assert.Equal((0.5, 0.5, 0.5), (report.FloatTop1, report.QuantizedTop1, report.Agreement));
    }

    [Fact]
    public async Task Agreement_of_a_first_output_with_positions_counts_positions()
    {
        Save("f.onnx", Positions(0));
        Save("q.onnx", Positions(1.5f));
        // two positions of two classes: the second model prefers class 1 by 1.5
        Data([1, 0, 2, 0, 0, 1, 0, 2], 2, 4, ("labels", Npy.Of([0, 0], 2)));
        var report = await Compare("f.onnx", "q.onnx");
        Assert.Equal(0.75, report.Agreement);
        Assert.Null(report.FloatTop1);
        await AssertRefused(Compare("f.onnx", "q.onnx", "labels"), "d.npz", "`labels`", "`y`");
    }

    [Fact]
    public async Task Labels_that_are_named_are_used_and_must_be_there()
    {
        Save("f.onnx", Scaled(1));
        Data([1, 0, 0, 0, 1, 0], 2, 3, ("labels", Npy.Of([9L, 9], 2)), ("truth", Npy.Of([0L, 0], 2, 1)));
        Assert.Equal(0.5, (await Compare("f.onnx", "f.onnx", "truth")).FloatTop1);
        await AssertRefused(Compare("f.onnx", "f.onnx", "none"), "d.npz", "`none`", "`labels`");
        await AssertRefused(Compare("f.onnx", "f.onnx"), "d.npz", "`labels`", "label 9", "3 classes");
    }

    [Fact]
    public async Task Labels_that_do_not_fit_are_refused()
    {
        Save("f.onnx", Scaled(1));
        Data([1, 0, 0, 0, 1, 0], 2, 3, ("labels", Npy.Of([1L, 1, 1], 3)));
        await AssertRefused(Compare("f.onnx", "f.onnx"), "d.npz", "`labels`", "[3]", "2 samples");
        Data([1, 0, 0, 0, 1, 0], 2, 3, ("labels", Npy.Of([1f, 1], 2)));
        await AssertRefused(Compare("f.onnx", "f.onnx"), "d.npz", "`labels`", "float32");
    }

    [Fact]
    public async Task Models_that_differ_outside_are_refused_with_the_difference()
    {
        Save("f.onnx", Scaled(1));
        Data([1, 0, 0], 1, 3);
        Save("names.onnx", new ModelBuilder().Input("z", 1, 3).Output("y", 1, 3).Node("Neg", ["z"], "y").Build());
        await AssertRefused(Compare("f.onnx", "names.onnx"), "names.onnx", "f.onnx", "input", "`z`", "`x`");
        Save("count.onnx", new ModelBuilder().Input("x", 1, 3).Output("y", 1, 3).Output("w", 1, 3)
            .Node("Neg", ["x"], "y").Node("Abs", ["x"], "w").Build());
        await AssertRefused(Compare("f.onnx", "count.onnx"), "count.onnx", "f.onnx", "output", "`w`");
        Save("shape.onnx", new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).Node("Neg", ["x"], "y").Build());
        await AssertRefused(Compare("f.onnx", "shape.onnx"), "shape.onnx", "`x`", "[1, 4]", "[1, 3]");
        Save("type.onnx", new ModelBuilder().Input("x", DataType.Double, 1, 3).Output("y", DataType.Double, 1, 3)
            .Node("Neg", ["x"], "y").Build());
        await AssertRefused(Compare("f.onnx", "type.onnx"), "type.onnx", "`x`", "double", "float");
        await AssertRefused(Compare("f.onnx", "none.onnx"), "none.onnx");
        Data([1, 0], 1, 2);
        await AssertRefused(Compare("f.onnx", "f.onnx"), "d.npz", "[1, 2]", "[?, 3]");
    }

    [Fact]
    public async Task An_output_that_is_not_finite_is_a_failure_with_its_sample()
    {
        Save("f.onnx", new ModelBuilder().Input("x", 1, 2).Output("y", 1, 2).Node("Sqrt", ["x"], "y").Build());
        Data([1, 1, 1, -1], 2, 2);
        var fault = await Assert.ThrowsAsync<QuantException>(() => Compare("f.onnx", "f.onnx"));
        Assert.Equal(FaultKind.Failed, fault.Kind);
        Assert.Contains("output `y` holds NaN", fault.Message, StringComparison.Ordinal);
        Assert.Contains("sample 1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_infinite_ratio_is_null_in_json()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
        var json = JsonSerializer.Serialize(new OutputComparison("y", double.PositiveInfinity, 1, 0), options);
        Assert.Equal("{\"name\":\"y\",\"sqnrDb\":null,\"cosine\":1,\"maxAbsError\":0,\"isConstant\":false,\"agreement\":1,\"areWholeNumbers\":false,\"equal\":1}", json);
        Assert.Equal(double.PositiveInfinity, JsonSerializer.Deserialize<OutputComparison>(json, options)!.SqnrDb);
        Assert.Contains("21.5", JsonSerializer.Serialize(new OutputComparison("y", 21.5, 1, 0), options));
    }

    [SharedFact]
    public async Task The_reference_quantization_of_a_real_network_compares_as_its_readme_says()
    {
        var report = await ModelComparer.CompareAsync(
            Shared.Model("ic_resnet8.onnx"), Shared.Model("ic_resnet8_ref_int8_qdq.onnx"),
            Shared.Model("ic_resnet8.test.npz"));
        Assert.Equal((2000L, 0.8665), (report.Samples, report.FloatTop1));
        Assert.InRange(report.QuantizedTop1!.Value, 0.86, 0.87);
    }

    private static OnnxModel Scaled(float factor, params float[] offsets) => new ModelBuilder()
        .Input("x", 1, 3).Output("y", 1, 3)
        .Floats("factor", [], factor).Floats("offset", [3], offsets.Length == 0 ? [0, 0, 0] : offsets)
        .Node("Mul", ["x", "factor"], "m").Node("Add", ["m", "offset"], "y").Build();

    private static OnnxModel Positions(float bias) => new ModelBuilder()
        .Input("x", 1, 4).Output("y", 1, 2, 2)
        .Longs("shape", 1, 2, 2).Floats("bias", [2], 0, bias)
        .Node("Reshape", ["x", "shape"], "r").Node("Add", ["r", "bias"], "y").Build();

    private void Save(string name, OnnxModel model) => _folder.Write(name, model.ToBytes());

    private void Data(float[] x, long samples, long length, params (string, byte[])[] more)
    {
        File.Delete(_folder.File("d.npz"));
        Npy.Archive(_folder.File("d.npz"), [("x", Npy.Of(x, samples, length)), .. more]);
    }

    private Task<ComparisonReport> Compare(string one, string other, string? labels = null) =>
        ModelComparer.CompareAsync(_folder.File(one), _folder.File(other), _folder.File("d.npz"), labels);

    private static async Task AssertRefused(Task task, params string[] words)
    {
        var refusal = await Assert.ThrowsAsync<QuantException>(() => task);
        Assert.Equal(FaultKind.BadInput, refusal.Kind);
        foreach (var word in words)
            Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
    }
}

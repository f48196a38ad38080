using System.Text.Json;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Codes;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Refinement;

/// <summary>What each rounding costs alone.</summary>
public sealed class RoundingCostsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Figures_are_those_of_a_computation_by_hand()
    {
        float[] weights = [0.5f, -0.31f, 0.77f, 0.123f, -0.9f, 0.41f];
        var model = new ModelBuilder().Input("x", -1, 3).Floats("w", [3, 2], weights).Node("MatMul", ["x", "w"], "y", node => node.Name = "layer")
            .Output("y", -1, 2).Build();
        var samples = Samples.Random(model, 20);
        var request = Request(model, samples) with { Ranges = RangeMethod.MinMax };

        var budget = await OnnxQuantizer.MeasureSensitivityAsync(request);

        Assert.Equal((20L, 20L), (budget.Samples, budget.HeldBack));
        var report = await OnnxQuantizer.QuantizeAsync(request with { OutputPath = _folder.File("out.onnx") });
        var encodings = report.Plan.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Encoding);
        var steps = LayerSteps(report.QuantizedModel);
        var rounded = report.Plan.Layers[0].Plan.Integers.Weights.Select((integer, i) => integer * (double)steps[i % 2]).ToArray();
        var real = Array.ConvertAll(weights, weight => (double)weight);
        var (signal, ofInput, ofWeights, ofOutput, whole) = (0.0, 0.0, 0.0, 0.0, 0.0);
        foreach (var sample in samples.Items)
        {
            var x = Array.ConvertAll(sample["x"].Values, value => (double)value);
            var near = Array.ConvertAll(x, value => Round(value, encodings["x"]));
            var y = Product(x, real);
            signal += y.Sum(value => value * value);
            ofInput += Squared(Product(near, real), y);
            ofWeights += Squared(Product(x, rounded), y);
            ofOutput += Squared(Array.ConvertAll(y, value => Round(value, encodings["y"])), y);
            whole += Squared(Array.ConvertAll(Product(near, rounded), value => Round(value, encodings["y"])), y);
        }

        Near(ofInput, signal, Of("x").Loss);
        Near(ofWeights, signal, Of("layer").Loss);
        Near(ofOutput, signal, Of("y").Loss);
        Near(whole, signal, budget.Whole);
        Assert.Equal(
            [("x", RoundingKind.Activations, "input"), ("layer", RoundingKind.Weights, "MatMul"), ("y", RoundingKind.Activations, "MatMul")],
            new[] { Of("x"), Of("layer"), Of("y") }.Select(one => (one.Name, one.Kind, one.Made)));
        Assert.Equal(budget.WorstFirst.OrderBy(one => one.Loss.SqnrDb), budget.WorstFirst);

        RoundingLoss Of(string name) => budget.WorstFirst.Single(one => one.Name == name);
    }

    [Fact]
    public async Task A_tensor_that_is_far_too_wide_is_first_and_the_same_run_gives_the_same_budget()
    {
        // channel 0 of `wide` is a thousand times as large as the others, and hardly read
        var first = new float[16 * 4];
        var second = new float[4 * 8];
        var random = new Random(3);
        for (var i = 0; i < first.Length; i++)
            first[i] = (random.NextSingle() - 0.5f) * (i % 4 == 0 ? 1000 : 1);
        for (var i = 0; i < second.Length; i++)
            second[i] = (random.NextSingle() - 0.5f) * (i < 8 ? 0 : 1);
        var model = new ModelBuilder().Input("x", -1, 16).Floats("a", [16, 4], first).Floats("b", [4, 8], second)
            .Node("MatMul", ["x", "a"], "wide").Node("MatMul", ["wide", "b"], "y").Output("y", -1, 8).Build();
        var request = Request(model, Samples.Random(model, 32)) with { Ranges = RangeMethod.MinMax };

        var budget = await OnnxQuantizer.MeasureSensitivityAsync(request);

        Assert.Equal("wide", budget.WorstFirst[0].Name);
        Assert.True(budget.WorstFirst[0].Loss.SqnrDb < budget.WorstFirst[1].Loss.SqnrDb - 10);
        Assert.InRange(budget.WorstFirst[0].ShareOf(budget.Whole), 0.5, 1.5);
        Assert.Equal(JsonSerializer.Serialize(budget), JsonSerializer.Serialize(await OnnxQuantizer.MeasureSensitivityAsync(request)));
        Assert.Equal(["model.onnx", "samples.npz"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_chain_counts_as_one_and_a_depthwise_layer_is_called_so()
    {
        var model = new ModelBuilder().Input("x", -1, 4, 6, 6).Random("w", 4, 1, 3, 3).Random("v", 2, 4, 1, 1)
            .Floats("three", [], 3).Floats("six", [], 6).Floats("zero", [], 0)
            .Node("Conv", ["x", "w"], "c", node => { node.Name = "deep"; node.SetInt("group", 4); })
            .Node("Add", ["c", "three"], "plus").Node("Clip", ["plus", "zero", "six"], "cut").Node("Mul", ["c", "cut"], "times")
            .Node("Div", ["times", "six"], "swish").Node("Conv", ["swish", "v"], "y").Output("y", -1, 2, 4, 4).Build();

        var budget = await OnnxQuantizer.MeasureSensitivityAsync(Request(model, Samples.Random(model, 16, -3, 3)));

        var made = budget.WorstFirst.ToDictionary(one => (one.Name, one.Kind), one => one.Made);
        Assert.Equal("chain of HardSigmoid, Mul", made[("swish", RoundingKind.Activations)]);
        Assert.Equal("depthwise Conv", made[("deep", RoundingKind.Weights)]);
        Assert.DoesNotContain(budget.WorstFirst, one => one.Name is "plus" or "cut" or "times");
    }

    [Fact]
    public void A_model_of_whole_numbers_alone_is_refused()
    {
        var model = new ModelBuilder().Input("x", -1, 8).Random("w", 8, 4).Node("MatMul", ["x", "w"], "y")
            .Node("ArgMax", ["y"], "class", node => node.SetInt("axis", 1)).Output("class", TensorProto.Types.DataType.Int64, -1, 1).Build();

        Provoke.Refused(Diagnostics.NoRealOutput, () => OnnxQuantizer.MeasureSensitivityAsync(Request(model, Samples.Random(model, 16))));
    }

    [Fact]
    public async Task It_stops_where_it_is_told_to()
    {
        var model = new ModelBuilder().Input("x", -1, 8).Random("w", 8, 4).Node("MatMul", ["x", "w"], "y").Output("y", -1, 4).Build();
        using var stop = new CancellationTokenSource();
        var progress = new Stopping(stop);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => OnnxQuantizer.MeasureSensitivityAsync(Request(model, Samples.Random(model, 16)), progress, stop.Token));

        Assert.True(progress.WasTold);
    }

    [Theory]
    [InlineData(20, 100, 20)]
    [InlineData(64, 5, 5)]
    [InlineData(300, 7, 7)]
    [InlineData(300, 1, 1)]
    public void As_many_held_back_samples_are_taken_as_are_wanted_spread_over_all(int samples, int most, int taken)
    {
        var model = new ModelBuilder().Input("x", -1, 1).Node("Identity", ["x"], "y").Output("y", -1, 1).Build();
        var items = Enumerable.Range(0, samples)
            .Select(i => (IReadOnlyDictionary<string, FloatTensor>)new Dictionary<string, FloatTensor> { ["x"] = new([1, 1], [i]) });
        var path = new Samples([.. items]).Write(_folder.File("many.npz"));
        using var source = new SampleSet(path, new HashSet<long>()).Open(model);
        var indices = new List<long>();
        while (source.MoveNextHeldBack(most))
            indices.Add(source.Index(0));

        Assert.Equal(taken, indices.Count);
        Assert.Equal(0, indices[0]);
        Assert.True(most == 1 || indices[^1] >= samples * 3 / 4, string.Join(' ', indices));
    }

    private QuantizeRequest Request(OnnxModel model, Samples samples) => new()
    {
        Model = _folder.Write("model.onnx", model.ToBytes()),
        Calibration = samples.Write(_folder.File("samples.npz")),
    };

    private static float[] LayerSteps(ModelSource source)
    {
        var quantized = OnnxModel.Load(source);
        return TensorData.Floats(quantized.Graph.Initializer.Single(constant => constant.Name.EndsWith("_weight_step_size", StringComparison.Ordinal)));
    }

    private static double Round(double value, Encoding encoding)
    {
        var integer = Math.Clamp(Math.Round(value / (float)encoding.StepSize, MidpointRounding.ToEven) + encoding.ZeroPoint, -128, 127);
        return (integer - encoding.ZeroPoint) * (float)encoding.StepSize;
    }

    private static double[] Product(double[] x, double[] weights) =>
        [.. Enumerable.Range(0, 2).Select(column => Enumerable.Range(0, 3).Sum(row => x[row] * weights[(2 * row) + column]))];

    private static double Squared(double[] one, double[] other) => one.Zip(other).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second));

    private static void Near(double squared, double signal, MeasuredLoss loss)
    {
        Assert.Equal(1, loss.Outputs[0].SquaredError / squared, 2e-3);
        Assert.Equal(10 * Math.Log10(signal / squared), loss.SqnrDb, 0.01);
        Assert.Equal(loss.SqnrDb, loss.Outputs[0].SqnrDb, 1e-9);
    }

    private sealed class Stopping(CancellationTokenSource stop) : IProgress<QuantizeProgress>
    {
        internal bool WasTold { get; private set; }

        public void Report(QuantizeProgress value)
        {
            if (value.Stage != ProgressStage.MeasuringRoundings)
                return;
            WasTold = true;
            stop.Cancel();
        }
    }
}

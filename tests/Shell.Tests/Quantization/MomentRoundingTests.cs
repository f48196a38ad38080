using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.WeightQuantization;
using Shell.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Shell.Tests.Quantization;

/// <summary>Weights alone, rounded so that their errors cancel on samples.</summary>
public sealed class MomentRoundingTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Products, one of more inputs than are looked at together, whose inputs go together.</summary>
    private static ModelBuilder Products(int inputs = 1100) => new ModelBuilder()
        .Input("x", 1, 40, 4)
        .Random("spread", 4, inputs)
        .Random("a.weight", inputs, 24)
        .Random("b.weight", inputs, 3)
        .Random("c.weight", 4, 5)
        .Node("MatMul", ["x", "spread"], "s")
        .Node("MatMul", ["s", "a.weight"], "a")
        .Node("MatMul", ["s", "b.weight"], "b")
        .Node("MatMul", ["x", "c.weight"], "c")
        .Output("a")
        .Output("b")
        .Output("c");

    [Theory]
    [InlineData("int4", 32)]
    [InlineData("int4", 256)]
    [InlineData("int8", null)]
    public async Task Errors_that_the_samples_show_are_smaller_than_with_the_nearest_integers(string type, int? block)
    {
        var original = Products().Build();
        var model = _folder.Write("model.onnx", original.ToBytes());
        var all = Samples.Random(original, 40);
        var (seen, unseen) = (new Samples([.. all.Items.Take(32)]), new Samples([.. all.Items.Skip(32)]));

        var nearest = await Quantize(model, null, type, block);
        var rounded = await Quantize(model, seen.Write(_folder.File("samples.npz")), type, block);

        Assert.All(nearest.WeightOnlyLayers, layer => Assert.Null(layer.ErrorShare));
        Assert.Equal(4, rounded.WeightOnlyLayers.Count);
        Assert.All(rounded.WeightOnlyLayers, layer => Assert.InRange(layer.ErrorShare!.Value, 0, layer.Inputs > 1000 ? 0.2 : 1));
        Assert.All(rounded.WeightOnlyLayers, layer => Assert.DoesNotContain(layer.Warnings, warning => warning.Code == "QF0925"));
        foreach (var (before, after) in nearest.Plan.WeightOnlyLayers.Zip(rounded.Plan.WeightOnlyLayers))
            Assert.Equal<double>(before.Plan.Steps.ToArray(), after.Plan.Steps.ToArray());
        // what is told is the error of the product's outputs
        var share = Error(original, rounded, "c", seen) / Error(original, nearest, "c", seen);
        Assert.Equal(share, rounded.WeightOnlyLayers.Single(layer => layer.Name == "c").ErrorShare!.Value, 3);
        // and it holds for samples that were not seen
        Assert.InRange(Error(original, rounded, "a", unseen), 0, 0.3 * Error(original, nearest, "a", unseen));
    }

    [Fact]
    public async Task The_same_samples_give_the_same_bytes()
    {
        var original = Products(64).Build();
        var model = _folder.Write("model.onnx", original.ToBytes());
        var samples = Samples.Random(original, 16).Write(_folder.File("samples.npz"));

        var first = await Quantize(model, samples, "int4", 32);
        var bytes = await File.ReadAllBytesAsync(first.OutputPath!);
        var second = await Quantize(model, samples, "int4", 32);

        Assert.Equal(bytes, await File.ReadAllBytesAsync(second.OutputPath!));
    }

    [Fact]
    public async Task A_product_of_more_inputs_than_rows_keeps_the_nearest_integers_and_is_warned_of()
    {
        var original = new ModelBuilder().Input("x", 1, 64).Gemm("x", "a", 64, 8).Gemm("a", "y", 8, 4).Output("y").Build();
        var model = _folder.Write("model.onnx", original.ToBytes());
        var samples = Samples.Random(original, 40).Write(_folder.File("samples.npz"));

        var nearest = await Quantize(model, null, "int4", 32);
        var rounded = await Quantize(model, samples, "int4", 32);

        var warned = rounded.WeightOnlyLayers.Single(layer => layer.Inputs == 64);
        Assert.Null(warned.ErrorShare);
        var warning = Assert.Single(warned.Warnings, warning => warning.Code == "QF0925");
        Assert.Contains("40 rows where 64 inputs", warning.Message);
        Assert.NotNull(rounded.WeightOnlyLayers.Single(layer => layer.Inputs == 8).ErrorShare);
        Assert.Equal(nearest.Plan.WeightOnlyLayers[0], rounded.Plan.WeightOnlyLayers[0]);
        Assert.NotEqual(nearest.Plan.WeightOnlyLayers[1], rounded.Plan.WeightOnlyLayers[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1030)]
    public void Moments_are_the_sums_of_products_of_rows(int inputs)
    {
        var random = new Random(inputs);
        float[] rows = [.. Enumerable.Range(0, 37 * inputs).Select(_ => random.Next(3) == 0 ? 0 : random.NextSingle())];
        var moments = new InputMoments(inputs);
        moments.Add(rows.AsSpan(0, 3 * inputs));
        moments.Add(rows.AsSpan(3 * inputs));

        Assert.True(moments.TryGet(out var blocks, out _));
        Assert.Equal(37, moments.Rows);
        Assert.Equal(inputs > 1024 ? [1024, inputs - 1024] : [inputs], blocks.Select(block => block.Inputs));
        foreach (var (first, second) in new[] { (0, 0), (0, blocks[0].Inputs - 1), (blocks[0].Inputs - 1, blocks[0].Inputs / 2) })
        {
            var expected = 0.0;
            for (var row = 0; row < 37; row++)
                expected += (double)rows[(row * inputs) + first] * rows[(row * inputs) + second];
            Assert.Equal(expected, blocks[0][first, second]);
        }
    }

    /// <summary>The acceptance: errors of the text recognizer's products on lines that were not calibrated with.</summary>
    [SharedFact]
    public async Task Of_text_lines_at_most_seven_tenths_of_the_error_is_left()
    {
        var model = Shared.Model("ocr_rec.onnx");
        var nearest = await Quantize(model, null, "int4", 32);
        var rounded = await Quantize(model, Shared.Model("ocr_rec.calibration.npz"), "int4", 32);

        var prepared = ModelPreparation.Prepare(Exclusions.Named(OnnxModel.Load(model)), staysTransposed: _ => true);
        var layers = WeightLayers.Find(prepared, new Dictionary<string, string>()).Found;
        // 40 of 200 lines, since the moments of wide inputs take long
        using var source = new SampleSet(Shared.Model("ocr_rec.test.npz"), Enumerable.Range(40, 160).Select(line => (long)line).ToHashSet()).Open(prepared);
        LayerMoments[] read =
        [
            .. layers.DistinctBy(Tensor).Select(layer => new LayerMoments(LayerInput.OfProduct(Tensor(layer)), (int)layer.Weight.Dims[1 - layer.ChannelAxis])),
        ];
        MomentsObserver.Observe(prepared, read, source, progress: null, default);
        var moments = read.ToDictionary(one => one.Tensor, one => one.Groups[0]);
        double own = 0, all = 0;
        foreach (var layer in rounded.WeightOnlyLayers)
        {
            var found = layers.Single(found => found.Node.DisplayName() == layer.Name);
            var seen = moments[Tensor(found)];
            var (one, before) = (Error(found, PlanOf(rounded, layer.Name), seen), Error(found, PlanOf(nearest, layer.Name), seen));
            output.WriteLine(FormattableString.Invariant(
                $"{layer.Name}: {layer.Inputs} inputs, {layer.Channels} channels, calibration {layer.ErrorShare:F3}, test {one / before:F3} of {before:G4}"));
            (own, all) = (own + one, all + before);
        }

        output.WriteLine(FormattableString.Invariant($"all: {own / all:F4}"));
        Assert.InRange(own, 0, 0.7 * all);
    }

    private async Task<QuantizationReport> Quantize(string model, string? samples, string type, int? block) =>
        await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = model,
            Calibration = samples is null ? null : (SampleData)samples,
            OutputPath = _folder.File("result.onnx"),
            Overwrite = true,
            Type = type == "int4" ? WeightType.Int4 : WeightType.Int8,
            BlockSize = block,
        });

    private static WeightOnlyLayer PlanOf(QuantizationReport report, string product) =>
        report.Plan.WeightOnlyLayers.Single(layer => layer.Name == product).Plan;

    private static string Tensor(FoundLayer layer) => layer.Node.Input[0];

    /// <summary>The squared error of a product's outputs by the moments of all its inputs together.</summary>
    private static double Error(FoundLayer layer, WeightOnlyLayer plan, InputMoments seen)
    {
        Assert.True(seen.TryGet(out var blocks, out _));
        var moments = Assert.Single(blocks);
        var fake = WeightOnlyPlanner.FakeQuantizedWeights(plan);
        var sum = 0.0;
        for (var channel = 0; channel < plan.Shape.Channels; channel++)
        {
            var at = Enumerable.Range(0, plan.Shape.Inputs).Select(input => plan.Shape.Index(channel, input, 0));
            sum += QuantFunctional.FSharp.SecondMoments.error(moments, [.. at.Select(index => (double)layer.Values[index] - fake[index])]);
        }

        return sum;
    }

    /// <summary>The squared error of an output where a plan's weights stand in the place of those of its product alone.</summary>
    private static double Error(OnnxModel original, QuantizationReport report, string product, Samples samples)
    {
        var changed = original.Clone();
        var weight = changed.Graph.Initializer.Single(tensor => tensor.Name == product + ".weight");
        var fake = WeightOnlyPlanner.FakeQuantizedWeights(PlanOf(report, product));
        changed.Graph.Initializer[changed.Graph.Initializer.IndexOf(weight)] = TensorData.Make(weight.Name, weight.Dims, fake.AsSpan());
        var expected = samples.Run(original, OrtExecution.Plain)[product];
        return samples.Run(changed, OrtExecution.Plain)[product].Zip(expected).Sum(pair => Math.Pow((double)pair.First - pair.Second, 2));
    }
}

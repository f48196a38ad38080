using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>What is wrong with an input is said with file, place and remedy, and nothing is left behind.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_that_does_not_exist() =>
        Refused(r => r with { Model = _folder.File("none.onnx") }, "none.onnx", "does not exist");

    [Fact]
    public void A_file_that_is_no_model() =>
        Refused(
            r => r with { Model = _folder.Write("text.onnx", [.. "this is no model"u8]) }, "text.onnx", "not an ONNX");

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void A_truncated_model(double kept)
    {
        var bytes = Network().Build().ToBytes();

        Refused(
            r => r with { Model = _folder.Write("cut.onnx", bytes[..(int)(bytes.Length * kept)]) },
            "cut.onnx", "truncated");
    }

    [Fact]
    public void A_model_that_is_quantized_already()
    {
        var quantized = Quantized.Of(Network()).Model.ToBytes();

        Refused(
            r => r with { Model = _folder.Write("done.onnx", quantized) },
            "done.onnx", "already quantized", "QuantizeLinear", "give the float model");
    }

    [Fact]
    public void A_model_with_nothing_to_quantize()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Node("Relu", ["x"], "a")
            .Node("Conv", ["a", "x"], "y")
            .Output("y");

        Refused(model, "model.onnx", "nothing to quantize", "node y (Conv): dynamic weight");
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "an infinity")]
    public void Weights_that_are_not_numbers(float value, string called)
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 4, 4)
            .Floats("w", [2, 2, 1, 1], 1, 2, value, 4)
            .Node("Conv", ["x", "w"], "y")
            .Output("y");

        Refused(model, "model.onnx", "node y (Conv): its weight holds", called, "index 2");
    }

    [Fact]
    public void A_sum_that_is_not_a_number_stays_in_float_and_is_told()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 4, 2)
            .Random("w", 2, 3)
            .Floats("b", [3], 0, float.NaN, 1)
            .Node("MatMul", ["x", "w"], "a")
            .Node("Add", ["a", "b"], "y")
            .Output("y");

        var report = Quantized.Of(model).Report;

        Assert.Equal("y", Assert.Single(report.LeftInFloat).Name);
        Assert.Contains(report.Warnings, warning => warning.Message.Contains("output `y` holds NaN", StringComparison.Ordinal));
    }

    [Fact]
    public void An_excluded_node_that_does_not_exist() =>
        Refused(r => r with { Exclude = ["a", "nobody"] }, "model.onnx", "--exclude 'nobody'", "no node has that name");

    [Fact]
    public void An_excluded_node_of_which_nothing_is_left()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Random("w", 2, 2, 1, 1)
            .Node("Neg", ["w"], "negative")
            .Node("Conv", ["x", "negative"], "y")
            .Output("y");

        Refused(model, r => r with { Exclude = ["negative"] }, "model.onnx", "--exclude 'negative'", "from constants");
    }

    [Fact]
    public void Everything_is_excluded() =>
        Refused(
            r => r with { Exclude = ["a", "y"] },
            "model.onnx", "nothing to quantize", "node a (Conv): excluded by the user");

    [Fact]
    public void An_output_folder_that_does_not_exist() =>
        Refused(r => r with { OutputPath = _folder.File("none", "out.onnx") }, "none", "does not exist");

    [Fact]
    public void An_output_that_is_an_input()
    {
        Refused(r => r with { OutputPath = r.Model.Path, Overwrite = true }, "model.onnx", "is an input", "-o");
        Refused(r => r with { OutputPath = r.Calibration!.Path, Overwrite = true }, "samples.npz", "is an input", "-o");
        Refused(r => r with { PlanPath = r.Model.Path, Overwrite = true }, "model.onnx", "is an input", "--plan");
        var detour = _folder.File(".", "..", Path.GetFileName(_folder.Path), "model.onnx");
        Refused(
            r => r with { OutputPath = detour, Overwrite = true },
            "model.onnx", "is an input", "-o");
    }

    [Fact]
    public void A_plan_that_is_the_output() =>
        Refused(r => r with { PlanPath = r.OutputPath }, "model.int8.onnx", "cannot be one file", "--plan");

    [Fact]
    public async Task An_output_that_exists()
    {
        var existing = _folder.Write("model.int8.onnx", [1, 2, 3]);

        Refused(r => r, "model.int8.onnx", "exists", "--force");

        Assert.Equal([1, 2, 3], File.ReadAllBytes(existing));
        await OnnxQuantizer.QuantizeAsync(Request(Network()) with { Overwrite = true });
        Assert.NotEqual([1, 2, 3], File.ReadAllBytes(existing));
    }

    [Fact]
    public void Calibration_data_that_does_not_exist() =>
        Refused(r => r with { Calibration = _folder.File("none.npz") }, "none.npz");

    [Fact]
    public void Calibration_data_of_another_shape() =>
        Refused(r => With(r, new FloatTensor([1, 3, 8, 8], new float[192])), "samples.npz", "x", "3");

    [Fact]
    public void Calibration_data_with_a_number_that_is_none()
    {
        var values = new float[128];
        values[77] = float.NaN;

        Refused(r => With(r, new FloatTensor([1, 2, 8, 8], values)), "samples.npz", "NaN", "sample 1");
    }

    [Fact]
    public void Calibration_data_without_the_input_s_array()
    {
        var samples = Samples.Random(new ModelBuilder().Input("p", 1, 2, 8, 8).Input("q", 1, 2, 8, 8).Build(), 2);

        Refused(r => r with { Calibration = samples.Write(_folder.File("two.npz")) }, "two.npz", "x");
    }

    [Fact]
    public async Task Work_that_is_cancelled_leaves_nothing_behind()
    {
        using var cancel = new CancellationTokenSource();
        var request = Request(Network());
        var before = Files();
        var progress = new Stopper(cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => OnnxQuantizer.QuantizeAsync(request, progress, cancel.Token));

        Assert.Equal(before, Files());
    }

    private QuantizeRequest With(QuantizeRequest request, FloatTensor second)
    {
        var first = new FloatTensor(second.Dims, new float[second.Values.Length]);
        var items = new[] { first, second }.Select(t => new Dictionary<string, FloatTensor> { ["x"] = t });
        return request with { Calibration = new Samples([.. items]).Write(_folder.File("samples.npz")) };
    }

    private void Refused(Func<QuantizeRequest, QuantizeRequest> with, params string[] words) =>
        Refused(Network(), with, words);

    private void Refused(ModelBuilder model, params string[] words) => Refused(model, r => r, words);

    private void Refused(ModelBuilder model, Func<QuantizeRequest, QuantizeRequest> with, params string[] words)
    {
        var request = with(Request(model));
        var before = Files();

        var refusal = Assert.Throws<QuantException>(
            () => OnnxQuantizer.QuantizeAsync(request).GetAwaiter().GetResult());

        Assert.Equal(FaultKind.BadInput, refusal.Kind);
        Assert.All(words, word => Assert.Contains(word, refusal.Message));
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Equal(before, Files());
    }

    private QuantizeRequest Request(ModelBuilder builder)
    {
        var model = builder.Build();
        return new QuantizeRequest
        {
            Model = _folder.Write("model.onnx", model.ToBytes()),
            Calibration = Samples.Random(model, 3).Write(_folder.File("samples.npz")),
            OutputPath = _folder.File("model.int8.onnx"),
        };
    }

    private List<string> Files() => [.. Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal)];

    private static ModelBuilder Network() => new ModelBuilder()
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", 2, 4)
        .Node("Relu", ["a"], "b")
        .Conv("b", "y", 4, 3)
        .Output("y");

    private sealed class Stopper(CancellationTokenSource cancel) : IProgress<QuantizeProgress>
    {
        public void Report(QuantizeProgress value) => cancel.Cancel();
    }
}

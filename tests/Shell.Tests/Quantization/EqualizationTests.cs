using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Channels are multiplied by powers of two which their readers take back: where that can be done, and what it is worth.</summary>
public sealed class EqualizationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The constants that change where every class of channels that can be is multiplied.</summary>
    private static string Changed(ModelBuilder builder)
    {
        var scheme = Schemes.Of(builder);
        var factors = Schemes.Factors(scheme, _ => 1);
        const string suffix = "_equalized";
        return string.Join(
            ' ',
            EqualizedModel.Of(scheme, Schemes.Nothing, factors).Model.Graph.Initializer.Select(one => one.Name)
                .Where(name => name.EndsWith(suffix, StringComparison.Ordinal)).Select(name => name[..^suffix.Length]).Order(StringComparer.Ordinal));
    }

    private static ModelBuilder Begun(long opset = 13) => new ModelBuilder(opset).Input("x", 1, 3, 8, 8).Conv("x", "a", 3, 4);

    [Theory]
    [InlineData("Relu", "")]
    [InlineData("LeakyRelu", "alpha=0.5")]
    [InlineData("MaxPool", "kernel_shape=3,3 pads=1,1,1,1")]
    [InlineData("AveragePool", "kernel_shape=3,3 pads=1,1,1,1")]
    [InlineData("GlobalAveragePool", "")]
    [InlineData("Abs", "")]
    public void What_multiplies_its_result_as_its_input_hands_it_on(string operation, string attributes) => Assert.Equal(
        "a.bias a.weight y.weight",
        Changed(Begun().Node(operation, ["a"], "r", attributes).Conv("r", "y", 4, 5).Output("y")));

    [Theory]
    [InlineData("Sigmoid", "")]
    [InlineData("HardSwish", "")]
    [InlineData("Tanh", "")]
    [InlineData("Exp", "")]
    [InlineData("Softmax", "axis=3")]
    public void What_does_not_ends_it(string operation, string attributes) =>
        Assert.Equal("", Changed(Begun(14).Node(operation, ["a"], "r", attributes).Conv("r", "y", 4, 5).Output("y")));

    [Fact]
    public void A_clip_ends_it() => Assert.Equal(
        "",
        Changed(Begun().Floats("low", [], 0).Floats("high", [], 6).Node("Clip", ["a", "low", "high"], "r").Conv("r", "y", 4, 5).Output("y")));

    [Fact]
    public void Outputs_and_sums_with_what_is_as_it_is_end_it() => Assert.Equal(
        ["", "", ""],
        [
            Changed(Begun().Node("Relu", ["a"], "r").Output("r").Conv("r", "y", 4, 5).Output("y")),
            Changed(Begun().Floats("three", [], 3).Node("Relu", ["a"], "q").Node("Add", ["q", "three"], "r").Conv("r", "y", 4, 5).Output("y")),
            Changed(new ModelBuilder().Input("x", 1, 4, 8, 8).Conv("x", "a", 4, 4).Node("Add", ["a", "x"], "r").Conv("r", "y", 4, 5).Output("y")),
        ]);

    [Fact]
    public void Sums_tie_and_products_with_what_is_as_it_is_do_not_matter() => Assert.Equal(
        "a.bias a.weight b.bias b.weight shift y.weight",
        Changed(Begun().Random("shift", 1, 4, 1, 1).Random("slopes", 4, 1, 1).Conv("x", "b", 3, 4)
            .Node("Add", ["a", "b"], "s").Node("PRelu", ["s", "slopes"], "p").Node("Add", ["p", "shift"], "t")
            .Node("GlobalAveragePool", ["x"], "m").Conv("m", "n", 3, 4, 1).Node("Sigmoid", ["n"], "gate").Node("Mul", ["t", "gate"], "g")
            .Conv("g", "y", 4, 5).Output("y")));

    [Fact]
    public void A_product_of_two_that_could_be_multiplied_ends_both() => Assert.Equal(
        "", Changed(Begun().Conv("x", "b", 3, 4).Node("Mul", ["a", "b"], "s").Conv("s", "y", 4, 5).Output("y")));

    [Fact]
    public void A_depthwise_layer_reads_one_class_and_makes_another()
    {
        var scheme = Schemes.Of(Begun().Conv("a", "d", [4, 1, 3, 3], node => node.Set("group=4 pads=1,1,1,1")).Conv("d", "y", 4, 5).Output("y"));
        ChannelFactors[] factors = [new("a", [0, 1, 0, 3]), new("d", [2, 0, 0, 1])];

        var equalized = EqualizedModel.Of(scheme, Schemes.Nothing, factors);

        Assert.Equal(["a", "d"], equalized.Layers.Order());
        var (before, after) = (Weights(scheme.Model), Weights(equalized.Model));
        int[] bits = [2, -1, 0, -2];
        Assert.Equal(before.Select((weight, i) => MathF.ScaleB(weight, bits[i / 9])), after);

        static float[] Weights(OnnxModel model) =>
            TensorData.Floats(model.Graph.Initializer.Single(one => one.Name == model.Graph.Node.Single(node => node.Output[0] == "d").Input[1]));
    }

    [Fact]
    public void A_grouped_layer_ends_what_it_reads_and_what_it_makes_begins_anew() => Assert.Equal(
        "g.bias g.weight y.weight",
        Changed(Begun().Conv("a", "g", [6, 2, 1, 1], node => node.Set("group=2")).Conv("g", "y", 6, 5).Output("y")));

    [Fact]
    public void Other_channels_than_there_are_cannot_be_multiplied() => Assert.Throws<InvalidOperationException>(() =>
        EqualizedModel.Of(Schemes.Of(Begun().Conv("a", "y", 4, 5).Output("y")), Schemes.Nothing, [new("a", [1, 1])]));

    /// <summary>Each channel as wide as its number says, times 2^-5 where it is odd, as a network that was trained with BatchNormalization is.</summary>
    private static OnnxModel Depthwise(int blocks, float odd)
    {
        var model = new ModelBuilder().Input("x", 1, 3, 12, 12).Conv("x", "c0", 3, 16).Node("Relu", ["c0"], "r0");
        for (var i = 0; i < blocks; i++)
        {
            model.Conv($"r{i}", $"d{i}", [16, 1, 3, 3], node => node.Set("group=16 pads=1,1,1,1")).Node("Relu", [$"d{i}"], $"e{i}")
                .Conv($"e{i}", $"c{i + 1}", 16, 16, 1).Node("Relu", [$"c{i + 1}"], $"r{i + 1}");
        }

        var built = model.Conv($"r{blocks}", "y", 16, 4, 1).Output("y").Build();
        foreach (var tensor in built.Graph.Initializer.Where(one => !one.Name.StartsWith('y')).ToList())
        {
            // channels that are small where they are made weigh more where they are read
            var values = TensorData.Floats(tensor);
            var behind = values.Length / 16;
            var isRead = tensor.Dims.Count == 4 && tensor.Dims[1] == 16;
            for (var i = 0; i < values.Length; i++)
                values[i] *= (i / behind % 2 == 0 ? 1 : odd) * (isRead && i % 2 == 1 ? 1 / odd : 1);
            tensor.RawData = TensorData.Make("values", tensor.Dims, values.AsSpan()).RawData;
        }

        return built;
    }

    [Fact]
    public void Unlike_channels_gain_decibels_and_outputs_stay_near()
    {
        var model = Depthwise(blocks: 3, odd: 0.02f);
        var samples = Samples.Random(model, 24);

        var (fast, balanced) = (Quantized.Of(model, samples, request => request with { Preset = QuantizationPreset.Fast }), Quantized.Of(model, samples));

        Assert.NotEmpty(balanced.Report.Choices!.Equalized);
        Assert.True(Decibels(balanced) > Decibels(fast) + 3, FormattableString.Invariant($"{Decibels(fast):F1} dB, equalized {Decibels(balanced):F1} dB"));
        balanced.ExpectSameWhenOptimized();
    }

    [Fact]
    public void Alike_channels_stay_as_they_are()
    {
        var quantized = Quantized.Of(Begun().Node("Relu", ["a"], "r").Conv("r", "y", 4, 5).Output("y"));

        Assert.Empty(quantized.Report.Choices!.Equalized);
    }

    private static double Decibels(Quantized quantized) =>
        Quantized.SqnrDb(quantized.Samples.Run(quantized.Original, OrtExecution.Plain)["y"], quantized.ExtendedOutputs["y"]);

    [Fact]
    public void Channels_stay_within_the_ranges_of_their_tensors()
    {
        var model = Depthwise(blocks: 2, odd: 0.1f);
        var (scheme, observed, factors) = Found(model);

        Assert.NotEmpty(factors);
        var again = Schemes.Of(EqualizedModel.Of(scheme, observed, factors).Model);
        var after = Observed(again);
        Assert.All(observed.Ranges, range => Assert.Equal(range.Value, after.Ranges[range.Key]));
    }

    [Fact]
    public void Bits_end_where_a_weight_would_no_longer_be_the_same_times_a_power_of_two()
    {
        var model = Depthwise(blocks: 1, odd: 0.02f);
        var weights = model.Graph.Initializer.Single(one => one.Name == "d0.weight");
        var values = TensorData.Floats(weights);
        Assert.NotEqual(0, Bits());
        values[9] = MathF.ScaleB(1, -126);
        weights.RawData = TensorData.Make("values", weights.Dims, values.AsSpan()).RawData;
        Assert.Equal(0, Bits());

        int Bits() => Found(model).Factors.Single(one => one.Output == "c0").Bits[1];
    }

    private (Scheme Scheme, Observations Observed, IReadOnlyList<ChannelFactors> Factors) Found(OnnxModel model)
    {
        var scheme = Schemes.Of(model);
        var observed = Observed(scheme);
        return (scheme, observed, FactorSearch.Of(scheme, new EncodingGroups(scheme), observed, perChannel: true, SamplesOf(scheme), null, default));
    }

    private Observations Observed(Scheme scheme)
    {
        using var source = SamplesOf(scheme).Open(scheme.Model);
        return Calibrator.Observe(scheme.Model, [.. new EncodingGroups(scheme).Observed(scheme.Index)], source, null, default);
    }

    private SampleSet SamplesOf(Scheme scheme) =>
        new(Samples.Random(scheme.Model, 24).Write(_folder.File("samples.npz")), new HashSet<long>());
}

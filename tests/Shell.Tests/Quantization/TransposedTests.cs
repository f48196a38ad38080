using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>A ConvTranspose runs in integers, as the Conv that it is.</summary>
public class TransposedTests
{
    private static ModelBuilder Between(string weight, string attributes, string behind = "") => Behind(
        new ModelBuilder().Input("x", 1, 2, 6, 5).Conv("x", "a", 2, 4)
            .Random("w", [.. weight.Split(',').Select(long.Parse)])
            .Random("bias", 3)
            .Node("ConvTranspose", ["a", "w", "bias"], "b", attributes),
        behind);

    private static ModelBuilder Behind(ModelBuilder model, string behind)
    {
        if (behind.Length > 0)
            model.Node(behind, ["b"], "c");
        return model.Conv(behind.Length > 0 ? "c" : "b", "y", 3, 2).Output("y");
    }

    [Theory]
    [InlineData("4,3,2,2", "strides=2,2", "QLinearConv×3 Reshape×2 Transpose×3")]
    [InlineData("4,3,4,4", "strides=2,2 pads=1,1,1,1", "QLinearConv×3 Reshape×2 Slice×1 Transpose×3")]
    [InlineData("4,3,3,3", "strides=2,2 pads=1,1,1,1 output_padding=1,1", "QLinearConv×3 Reshape×2 Transpose×3")]
    [InlineData("4,3,3,3", "pads=1,1,1,1", "QLinearConv×3")]
    [InlineData("4,3,3,2", "strides=1,2", "QLinearConv×3 Reshape×1 Transpose×2")]
    public void All_of_it_runs_in_integers_that_are_ONNX_Runtimes(string weight, string attributes, string integers)
    {
        foreach (var behind in (string[])["", "Relu"])
        {
            var quantized = Quantized.Of(Between(weight, attributes, behind)).Expect(integers);

            Assert.Empty(quantized.LeftInFloat);
            Agrees(quantized);
            var certificate = IntegerModel.Load(quantized.Model.ToBytes()).Certify();
            Assert.Equal(3, certificate.Layers.Count);
            Assert.All(certificate.Layers, layer => Assert.True(layer.Passed));
        }
    }

    [Fact]
    public void One_dimension_with_groups()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 9).Conv("x", "a", [4, 2, 1], bias: false).Random("w", 4, 2, 6)
            .Node("ConvTranspose", ["a", "w"], "b", "strides=3, group=2 pads=1,2").Conv("b", "y", [2, 4, 1], bias: false).Output("y");

        var quantized = Quantized.Of(model).Expect("Gather×1 QLinearConv×3 Reshape×1 Slice×1 Transpose×2");

        Agrees(quantized);
        Assert.Equal(new TransposedSummary("b", 3, 48, 48), Assert.Single(quantized.Report.Transposed));
    }

    [Fact]
    public void Sizes_that_are_not_known()
    {
        var model = new ModelBuilder().Input("x", 1, 2, -1, -1).Conv("x", "a", 2, 4).Random("w", 4, 3, 4, 4)
            .Node("ConvTranspose", ["a", "w"], "b", "strides=2,2 pads=1,1,1,1").Conv("b", "y", 3, 2).Output("y", 1, 2, -1, -1);
        var original = model.Build();
        var samples = new Samples([.. Enumerable.Range(1, 4).Select(seed => Run.RandomInputs(original, seed, free: 6))]);

        Agrees(Quantized.Of(original, samples).Expect("QLinearConv×3 Reshape×2 Slice×1 Transpose×3"));
    }

    [Theory]
    [InlineData("keep")]
    [InlineData("name")]
    [InlineData("type")]
    public void It_stays_in_float_where_the_user_says_so(string how)
    {
        var quantized = Quantized.Of(Between("4,3,2,2", "strides=2,2", "Relu"), request => how switch
        {
            "keep" => request with { KeepTransposed = true },
            "name" => request with { Exclude = ["b"] },
            _ => request with { ExcludeTypes = ["ConvTranspose"] },
        });

        quantized.Expect("QLinearConv×2", "ConvTranspose×1 Max×1");
        Assert.Contains("b (ConvTranspose): " + (how == "keep" ? "kept as it is" : "excluded by the user"), quantized.LeftInFloat);
        Assert.Empty(quantized.Report.Transposed);
    }

    [Fact]
    public void Weights_that_the_model_computes_keep_it_in_float()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 6).Conv("x", "a", 2, 4)
            .Longs("shape", 4, 3, 2, 2).Node("Reshape", ["x", "shape"], "w")
            .Node("ConvTranspose", ["a", "w"], "b", "strides=2,2").Conv("b", "y", 3, 2).Output("y");

        Assert.Contains("b (ConvTranspose): dynamic weight", Quantized.Of(model).LeftInFloat);
    }

    /// <summary>Our own integers give what ONNX Runtime's kernels give, bit for bit.</summary>
    private static void Agrees(Quantized quantized)
    {
        foreach (var item in quantized.Samples.Items)
            quantized.Model.ExpectAgreement(item);
    }
}

using System.Globalization;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>The same model and the same samples give the same bytes, however they are met.</summary>
public class DeterminismTests
{
    [Fact]
    public void Two_runs_give_the_same_model_and_the_same_plan()
    {
        var (first, second) = (Quantize(Network(), Items()), Quantize(Network(), Items()));

        Assert.Equal(first, second);
    }

    [Fact]
    public void The_order_of_the_samples_does_not_matter()
    {
        var items = Items();

        Assert.Equal(Quantize(Network(), items), Quantize(Network(), new Samples([.. items.Items.Reverse()])));
    }

    [Fact]
    public void The_culture_does_not_matter()
    {
        var expected = Quantize(Network(), Items());
        var before = CultureInfo.CurrentCulture;
        var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        strange.NumberFormat.NumberDecimalSeparator = ",";
        strange.NumberFormat.NumberGroupSeparator = ".";
        strange.NumberFormat.NegativeSign = "minus ";
        try
        {
            CultureInfo.CurrentCulture = strange;
            Assert.Equal(expected, Quantize(Network(), Items()));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void The_threads_of_an_operator_do_not_change_what_the_quantized_model_computes()
    {
        var quantized = Quantized.Of(Network());

        foreach (var (name, values) in quantized.Samples.Run(quantized.Model, OrtExecution.Extended))
            Assert.Equal(values, quantized.Samples.Run(quantized.Model, OrtExecution.Extended with { Threads = 2 })[name]);
    }

    private static (string Model, string Plan) Quantize(ModelBuilder model, Samples samples)
    {
        var quantized = Quantized.Of(model.Build(), samples);
        return (Convert.ToHexString(quantized.Model.ToBytes()), quantized.Plan!);
    }

    private static Samples Items() => Samples.Random(Network().Build(), 5);

    private static ModelBuilder Network() => new ModelBuilder()
        .Input("x", 1, 2, 16, 16)
        .Conv("x", "a", 2, 16)
        .Node("Relu", ["a"], "b")
        .Conv("b", "c", 16, 16)
        .Node("Add", ["b", "c"], "d")
        .Node("Sigmoid", ["d"], "e")
        .Node("Concat", ["d", "e"], "f", "axis=1")
        .Conv("f", "y", 32, 4)
        .Output("y");
}

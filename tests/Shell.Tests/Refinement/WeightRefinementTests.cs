using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Refinement;

/// <summary>The preset <c>best</c> rounds weights so that the errors of inputs that go together cancel.</summary>
public sealed class WeightRefinementTests
{
    // all that the second layer reads follows three channels
    private static OnnxModel Network() => new ModelBuilder()
        .Input("x", 1, 3, 6, 6)
        .Conv("x", "spread", [40, 3, 1, 1], _ => { })
        .Node("Relu", ["spread"], "r")
        .Conv("r", "y", [6, 40, 3, 3], node => node.Set("pads=1,1,1,1"))
        .Output("y", 1, 6, 6, 6)
        .Build();

    [Fact]
    public void Weights_are_rounded_where_the_measured_error_is_smaller_and_the_plan_says_so()
    {
        using var network = new SampledNetwork(60, model: Network());
        var (balanced, _) = network.Quantized(request => request);
        var (best, bytes) = network.Quantized(request => request with { Preset = QuantizationPreset.Best });

        Assert.Empty(balanced.Choices!.Rounded);
        Assert.Contains("y", best.Choices!.Rounded);
        Assert.True(Error(best) < Error(balanced), $"{Error(best)} where nearest integers have {Error(balanced)}");
        var layer = best.Plan.Layers.Single(layer => layer.Name == "y").Plan;
        Assert.True(layer.Request.WeightRounding.IsDifferences);
        Assert.All(best.Plan.Certify().Layers, certified => Assert.Empty(certified.Violations));
        Assert.Equal(bytes, network.Quantized(request => request with { Preset = QuantizationPreset.Best }).Result);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_plan_with_differences_is_read_back_as_it_was(bool inline)
    {
        using var network = new SampledNetwork(60, model: Network());
        var (best, _) = network.Quantized(request => request with { Preset = QuantizationPreset.Best });
        var path = network.Folder.File("copy.json");
        PlanFile.Write(path, best.Plan, overwrite: false, weightsInline: inline);

        Assert.Equal(best.Plan, PlanFile.Read(path));
        File.WriteAllText(path, File.ReadAllText(path).Replace(inline ? "\"values\": [" : "\"differences1\"", inline ? "\"values\": [0," : "\"weights0\"", StringComparison.Ordinal));
        Assert.Contains("layers[", Check.Refusal(() => PlanFile.Read(path)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_with_more_in_float_keeps_what_was_rounded()
    {
        using var network = new SampledNetwork(60, model: Network());
        var (report, _) = network.Quantized(request => request with
        {
            Preset = QuantizationPreset.Best,
            Target = new QuantizationTarget(TargetKind.Sqnr, 300) { Evaluations = 3 },
        });

        Assert.NotEmpty(report.Target!.Result.InFloat);
        Assert.Equal(
            report.Plan.Layers.Where(layer => layer.Plan.Request.WeightRounding.IsDifferences).Select(layer => layer.Name),
            report.Choices!.Rounded);
    }

    private static double Error(QuantizationReport report) => Math.Pow(10, -report.Check!.Outputs[0].SqnrDb / 10);
}

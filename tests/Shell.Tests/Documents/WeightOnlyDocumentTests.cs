using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Documents;

/// <summary>Plans of weights alone in documents.</summary>
public sealed class WeightOnlyDocumentTests
{
    private static readonly WeightOnlySpec Layer = new()
    {
        Weights = new float[] { 7, -3.5f, 1, 14, 0, 0, 0, 21 },
        Shape = [2, 4],
        Layout = WeightLayout.OI,
        Bias = new float[] { 5, -2 },
    };

    private static PlanDocument Document => new()
    {
        Layers = [],
        WeightOnlyLayers =
        [
            .. new[] { WeightGranularity.PerTensor, WeightGranularity.PerChannel, WeightGranularity.NewPerGroup(3) }
                .SelectMany(granularity => new[] { WeightType.Int4, WeightType.Int8 }
                    .Select(type => new WeightOnlyOptions { Type = type, Granularity = granularity }))
                .Select(options => new NamedWeightOnlyPlan("layer", null, WeightOnlyPlanner.Plan(Layer, options))),
        ],
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void P15_plans_of_weights_read_back_as_they_were_written_and_are_written_again_as_the_same_bytes(bool inline)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        PlanFile.Write(path, Document, overwrite: true, inline);
        var bytes = File.ReadAllBytes(path);

        var read = PlanFile.Read(path);
        Assert.Equal(Document, read);
        PlanFile.Write(path, read, overwrite: true, inline);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("\"per-tensor\"", "\"per-weight\"", "granularity")]
    [InlineData("\"groupSize\": 3", "\"groupSize\": 0", "group size is 0")]
    [InlineData("\"groupSize\": 3", "\"groupSize\": 1", "steps")]
    [InlineData("\"per-group\"", "\"per-channel\"", "groupSize")]
    [InlineData("\"int4\"", "\"int2\"", "type of weights")]
    public void What_no_plan_can_be_is_refused_by_its_place(string before, string after, string named)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        PlanFile.Write(path, Document);
        File.WriteAllText(path, File.ReadAllText(path).Replace(before, after, StringComparison.Ordinal));

        var refusal = Check.Refusal(() => PlanFile.Read(path));
        Assert.Contains("weightOnlyLayers[", refusal);
        Assert.Contains(named, refusal);
    }
}

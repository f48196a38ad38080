using QuantFunctional;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Planning;

/// <summary>Explanations as a C# caller sees them.</summary>
public sealed class ExplainerTests
{
    private static readonly QuantizedLayer Plan = PlantedPlan.Plan(Precision.SimaInt8);

    [Fact]
    public void A_plan_explains_itself_in_one_call()
    {
        var text = Plan.Explain();

        Assert.StartsWith("Layer without a name\n", text, StringComparison.Ordinal);
        Assert.Contains("What the layer paid\n", text, StringComparison.Ordinal);
        Assert.Contains("Folding: ", text, StringComparison.Ordinal);
        Assert.StartsWith("Layer fc1, channel 5 of 12\n", Plan.Explain(5, "fc1"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_facts_are_data()
    {
        var facts = Plan.Facts("fc1", "Gemm");

        Assert.Equal(("fc1", "Gemm", "sima-int8"), (facts.Name, facts.Operator, facts.Precision));
        Assert.Equal(PlantedPlan.Channels, facts.Channels.Length);
        Assert.Equal(PlantedPlan.Overflowing, Assert.Single(facts.Attempts[0].Overflows).Channel);
        Assert.Equal(Plan.Facts("fc1", "Gemm"), facts);
        Assert.Equal(PlantedPlan.Overflowing, Assert.Single(facts.OfChannel(PlantedPlan.Overflowing).Channels).Channel);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(PlantedPlan.Channels)]
    public void A_channel_that_there_is_not_is_refused(int channel)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Plan.Explain(channel));
        Assert.Throws<ArgumentOutOfRangeException>(() => Plan.Facts().ToMarkdown(channel));
        Assert.Throws<ArgumentOutOfRangeException>(() => Plan.Facts().OfChannel(channel));
    }

    [Fact]
    public void A_layer_that_cannot_be_planned_explains_its_attempts()
    {
        var spec = new LayerSpec
        {
            Layout = WeightLayout.OI,
            Shape = [1, 1],
            Weights = new[] { 1f },
            Bias = new[] { 1e30f },
            InputStep = 1,
            OutputRange = new RealRange(-1, 1),
        };

        Assert.True(spec.TryCreateLayer(out var layer, out _));
        Assert.False(Planner.TryPlan(layer, new PlanOptions(), out _, out var refused));

        Assert.Equal("refused", refused.Facts()[^1].Outcome);
        Assert.Contains("no permitted loss of weight precision helps", Joined(refused.Explain()), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_alone_are_explained_too()
    {
        var spec = new WeightOnlySpec { Layout = WeightLayout.OI, Shape = [2, 2], Weights = new float[] { 7, 1, 0, 14 } };
        var plan = WeightOnlyPlanner.Plan(spec, new WeightOnlyOptions { Type = WeightType.Int4 });

        Assert.StartsWith("Layer fc1\n", plan.Explain("fc1"), StringComparison.Ordinal);
        Assert.Equal("int4", plan.Facts().Type);
        Assert.Equal(1, Assert.Single(plan.Facts().OfChannel(1).Channels).Channel);
        Assert.StartsWith("# Layer fc1, channel 1 of 2\n", plan.Facts("fc1").ToMarkdown(1), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Facts().ToText(2));
    }

    private static string Joined(string text) =>
        string.Join(' ', text.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries));
}

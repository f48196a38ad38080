using QuantFunctional;
using Xunit;

namespace Shell.Tests.Planning;

/// <summary>Weight-only plans from C#.</summary>
public class WeightOnlyPlannerTests
{
    private static readonly WeightOnlySpec Layer = new()
    {
        Weights = new float[] { 7, -3.5f, 1, 14, 0, 0, 0, 21 },
        Shape = [2, 4],
        Layout = WeightLayout.OI,
        Bias = new float[] { 5, -2 },
    };

    [Fact]
    public void Groups_have_steps_of_their_own_and_the_bias_stays_real()
    {
        var options = new WeightOnlyOptions { Type = WeightType.Int4, Granularity = WeightGranularity.NewPerGroup(3) };

        var plan = WeightOnlyPlanner.Plan(Layer, options);

        Assert.Equal<double>([1, 2, 1, 3], plan.Steps);
        Assert.Equal([7, -4, 1, 7, 0, 0, 0, 7], plan.Weights.Select(w => (int)w));
        Assert.Equal<double>([5, -2], plan.Bias);
        Assert.Equal([7, -4, 1, 14, 0, 0, 0, 21], WeightOnlyPlanner.FakeQuantizedWeights(plan));
        Assert.Equal(plan, WeightOnlyPlanner.Plan(Layer, options));
    }

    [Fact]
    public void Unless_stated_there_is_one_int8_step_for_each_channel_and_the_bias_counts_in_it()
    {
        var plan = WeightOnlyPlanner.Plan(Layer, new WeightOnlyOptions());

        Assert.Equal(WeightType.Int8, plan.Request.Type);
        Assert.Equal([14f / 127, 21f / 127], plan.Steps.Select(step => (float)step));
        Assert.Equal(5 / plan.Steps[0], plan.Bias[0], 1e-9);
    }

    [Fact]
    public void What_cannot_be_planned_is_told_as_bad_input()
    {
        var options = new WeightOnlyOptions { Granularity = WeightGranularity.NewPerGroup(0) };

        var fault = Assert.Throws<QuantException>(() => WeightOnlyPlanner.Plan(Layer, options));
        Assert.Equal(FaultKind.BadInput, fault.Kind);
        Assert.Contains("group size is 0", fault.Message);

        Assert.False(WeightOnlyPlanner.TryPlan(Layer with { Shape = [2, 5] }, new(), out var plan, out var refusal));
        Assert.Null(plan);
        Assert.IsType<Refusal.WeightCount>(refusal);
    }

    [Fact]
    public void Int4_values_take_half_a_byte()
    {
        sbyte[] values = [1, 2, -8, -1, 7];

        Assert.Equal([0x21, 0xF8, 0x07], WeightOnlyPlanner.PackInt4(values));
        Assert.Equal(values, WeightOnlyPlanner.UnpackInt4(WeightOnlyPlanner.PackInt4(values), 5));
        Assert.Throws<QuantException>(() => WeightOnlyPlanner.PackInt4([8]));
        Assert.Throws<QuantException>(() => WeightOnlyPlanner.UnpackInt4([1, 2], 5));
    }
}

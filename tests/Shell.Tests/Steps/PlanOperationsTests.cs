using QuantFunctional;
using QuantFunctional.Steps;
using Xunit;

namespace Shell.Tests.Steps;

public sealed class PlanOperationsTests
{
    [Fact]
    public void Intrinsic_shifts_are_those_of_the_int15_path_alone()
    {
        Assert.Equal((1, 8), (IntrinsicShift.Lo, IntrinsicShift.Hi));
        Assert.Equal(IntrinsicShift.Lo, IntrinsicShift.ofPath(ActivationPath.Int15, raised: false));
        Assert.Equal(IntrinsicShift.Hi, IntrinsicShift.ofPath(ActivationPath.Int15, raised: true));
        Assert.Equal(0, IntrinsicShift.ofPath(ActivationPath.Int8, raised: true));
        Assert.Equal(0, IntrinsicShift.ofPath(ActivationPath.Int16, raised: true));
    }

    [Fact]
    public void A_unit_scale_stands_just_where_asked()
    {
        var half = QuantFunctional.FSharp.Requantization.ofPow2(-1);
        var changed = ChannelValues.PerChannel([half, half]).SetUnitScale(ChannelValues.PerChannel([false, true]));
        Assert.Equal([(0.5, 1, 1), (1.0, 1, 0)], changed.Values.Select(r => (r.Scale, r.Multiplier, r.Shift)));
        var lower = changed[0].AdjustShift(3);
        Assert.Equal((0.0625, 1, 4), (lower.Scale, lower.Multiplier, lower.Shift));
    }

    [Fact]
    public void Backtracking_starts_with_nothing_raised_and_nothing_given_up()
    {
        Assert.Equal([false, false], BacktrackingLoop.DefaultIntrinsicShiftAdjustment(2, perChannel: true).Values);
        Assert.Equal([0, 0, 0], BacktrackingLoop.DefaultWeightAdjustment(3, perChannel: true).Values);
        Assert.False(BacktrackingLoop.DefaultWeightAdjustment(3, perChannel: false).IsPerChannel);

        var start = BacktrackingLoop.Start(PrecisionRequest.SimaInt16OrTflite, 2, perChannel: true);
        Assert.Equal((Precision.SimaInt16, Precision.TfliteInt16), (start.Precision, start.ReluFallback));

        var positions = ChannelValues.PerChannel([true, false]);
        var raised = BacktrackingLoop.TryIncreaseIntrinsicShift(start, positions);
        Assert.Equal([true, false], raised!.IntrinsicShiftRaised.Values);
        Assert.Null(BacktrackingLoop.TryIncreaseIntrinsicShift(raised, positions));
    }

    [Fact]
    public void A_plan_s_scales_stay_related_through_every_operation()
    {
        var weights = Scales.ByOutputChannel(WeightLayout.OI, [2, 2], new float[] { 0.5f, 2, 1, -1 });
        var spec = QuantFunctional.FSharp.Layer.create(
            weights,
            QuantFunctional.FSharp.Geometry.plain(0),
            ReadOnlyMemory<float>.Empty,
            QuantFunctional.FSharp.Encoding.ofStep(0.02, 0, ScalarType.Int8).ResultValue,
            QuantFunctional.FSharp.ObservedDistribution.ofRange(-3, 4).ResultValue,
            Activation.Linear).ResultValue;
        var plan = Planner.Plan(spec, new PlanOptions()).Plan;
        var two = ChannelValues.PerChannel([1, 2]);
        Plan[] changed =
        [
            plan.SetIntrinsicShift(two), plan.ScaleWeightPow2(two), plan.ScaleOutputPow2(-3), plan.ScaleRequantPow2(two),
        ];
        foreach (var other in changed)
        {
            for (var channel = 0; channel < 2; channel++)
            {
                var left = other.Requantization[channel].Scale * other.Input.Scale * other.WeightScale[channel];
                var right = Math.ScaleB(other.Output.Scale, other.IntrinsicShift[channel]);
                Assert.Equal(1, left / right, 1e-14);
            }
        }

        var dead = ChannelValues.PerChannel([true, false]);
        var killed = plan.SetWeightZero(dead).SetRequantOne(dead);
        Assert.True(killed.IsDead(0));
        Assert.Equal(1, killed.Requantization[0].Scale);
        Assert.Equal(plan.Output.Scale, killed.BiasScale[0]);
    }
}

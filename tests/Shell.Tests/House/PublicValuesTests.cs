using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.FSharp.Reflection;
using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.House;

/// <summary>How values of the F# core look and behave in C#.</summary>
public class PublicValuesTests
{
    private static readonly LayerSpec Layer =
        LayerSpec.Product([1f, -0.5f, 0.25f, 0.75f, -1f, 0.5f], 3, 0.02, -10, new RealRange(-6, 9));

    [Fact]
    public void No_public_value_prints_as_an_FSharp_record()
    {
        var generated = typeof(Precision).Assembly.GetExportedTypes()
            .Where(type => type is { IsEnum: false, IsInterface: false } && !(type.IsAbstract && type.IsSealed)
                && !typeof(Delegate).IsAssignableFrom(type))
            .Where(type => type.GetMethod("ToString", Type.EmptyTypes)!.GetCustomAttribute<CompilerGeneratedAttribute>() is not null)
            // the name of a case without fields is a short and useful line
            .Where(type => !FSharpType.IsUnion(type, null)
                || FSharpType.GetUnionCases(type, null).Any(one => one.GetFields().Length > 0));

        Assert.Empty(generated.Select(type => type.FullName));
    }

    [Fact]
    public void Values_print_as_short_lines()
    {
        var encoding = QuantFunctional.FSharp.Encoding.ofStep(0.5, -3, ScalarType.Int8).ResultValue;
        var shape = QuantFunctional.FSharp.WeightShape.create(WeightLayout.OIHW, 2, [16, 3, 3, 3]).ResultValue;

        Assert.Equal("int8, step size 0.5, zero point -3", encoding.ToString());
        Assert.Equal("OIHW 16x3x3x3, 2 groups", shape.ToString());
        Assert.Equal("tflite-int8", Precision.TfliteInt8.ToString());
        Assert.Equal("7", QuantFunctional.FSharp.Channelwise.perTensor(7).ToString());
        Assert.Equal("[0.5, 1, 2]", QuantFunctional.FSharp.Channelwise.perChannel([0.5, 1.0, 2.0]).ToString());
        Assert.Equal("[1, 2, 3, 4, 5, 6, 7, 8, … 20 in all]", QuantFunctional.FSharp.Channelwise.perChannel(Enumerable.Range(1, 20)).ToString());
        Assert.Equal("Planning 3 of 12", new QuantizeProgress(ProgressStage.Planning, 3, 12).ToString());
        Assert.Equal("Finding the loss", new QuantizeProgress(ProgressStage.FindingTheLoss, 0, 0).ToString());
    }

    [Fact]
    public void Plans_print_as_lines_of_at_most_300_letters()
    {
        var plan = Planner.Plan(Layer, new PlanOptions { Precision = Precision.TfliteInt8 });

        Assert.All(
            new object[] { plan, plan.Integers, plan.Plan, plan.Request, plan.Trace, plan.Integers.Bias }
                .Select(value => value.ToString()!),
            line => Assert.InRange(line.Length, 1, 300));
    }

    [Fact]
    public void Values_by_channel_are_lists()
    {
        IReadOnlyList<int> shifts = QuantFunctional.FSharp.Channelwise.perChannel([3, 4, 5]);

        Assert.Equal([3, 4, 5], shifts);
        Assert.Equal((3, 5), (shifts.Count, shifts[2]));
        Assert.Equal(12, shifts.Sum());
    }

    [Fact]
    public void A_precision_can_stand_in_a_switch()
    {
        Precision[] all = [Precision.SimaInt8, Precision.TfliteInt8, Precision.RestrictedTfliteInt8, Precision.SimaInt16,
            Precision.TfliteInt16, Precision.RestrictedTfliteInt16, Precision.SimaInt32];

        Assert.Equal(all.Select(precision => precision.HasMultiplier), all.Select(HasMultiplier));

        static bool HasMultiplier(Precision precision)
        {
            switch (precision.Tag)
            {
                case Precision.Tags.TfliteInt8:
                case Precision.Tags.TfliteInt16:
                    return true;
                default:
                    return false;
            }
        }
    }

    [Fact]
    public void A_step_size_stands_beside_every_scale()
    {
        var plan = Planner.Plan(Layer, new PlanOptions { Precision = Precision.TfliteInt8 }).Plan;

        Assert.Equal(plan.WeightScale.Select(scale => scale == 0 ? 0 : 1 / scale), plan.WeightStepSize);
        Assert.Equal(plan.BiasScale.Select(scale => 1 / scale), plan.BiasStepSize);
    }
}

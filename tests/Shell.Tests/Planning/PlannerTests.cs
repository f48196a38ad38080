using System.Collections.Immutable;
using QuantFunctional;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Planning;

/// <summary>Planning from C#: arrays in, a plan or a reason out.</summary>
public sealed class PlannerTests
{
    private static readonly LayerSpec Spec = LayerSpec.Convolution(
        LayerFiles.Numbers(4 * 2 * 3 * 3), [4, 2, 3, 3], inputStep: 0.02, inputZeroPoint: -10, new RealRange(-6, 9)) with
    {
        Bias = LayerFiles.Numbers(4),
    };

    private static readonly PlanOptions Options = new();

    [Fact]
    public void The_same_layer_and_options_give_equal_plans_and_others_do_not()
    {
        var plan = Planner.Plan(Spec, Options);

        Assert.Equal(plan, Planner.Plan(Spec with { Weights = Spec.Weights.ToArray() }, Options with { }));
        Assert.Equal(plan.GetHashCode(), Planner.Plan(Spec, Options).GetHashCode());
        Assert.NotEqual(plan, Planner.Plan(Spec with { InputStep = 0.03 }, Options));
        Assert.NotEqual(plan, Planner.Plan(Spec, Options with { PerChannel = false }));
    }

    [Fact]
    public void P10_a_plan_is_replayed_at_the_first_attempt_with_the_same_integers()
    {
        var spec = Spec with { Bias = new[] { 0, 0, 1_000_000f, 0 } };
        var plan = Planner.Plan(spec, Options);
        Assert.Equal(1, plan.Trace.Retries);

        var again = Planner.Replay(spec.ToLayer(), plan);

        Assert.Equal(0, again.Trace.Retries);
        Assert.Equal(plan.Integers, again.Integers);
        Assert.Equal(plan.Trace.Last.Parameters, again.Trace.Last.Parameters);
    }

    [Fact]
    public void A_plan_of_another_layer_is_not_replayed()
    {
        var plan = Planner.Plan(Spec, Options);
        var other = LayerSpec.Product(LayerFiles.Numbers(6), inputs: 2, 0.02, -10, new RealRange(-6, 9)).ToLayer();

        Assert.False(Planner.TryReplay(other, plan, out var replayed, out var refused));

        Assert.Null(replayed);
        Assert.IsType<Refusal.ParametersOfAnotherLayer>(refused.Refusal);
        Npy.AssertBadInput(() => Planner.Replay(other, plan), "4 entries for 3");
    }

    [Fact]
    public void A_refusal_is_data_with_its_attempts_or_an_exception_that_tells_who_must_act()
    {
        var layer = (Spec with { Bias = new[] { 0, 0, 1e30f, 0 } }).ToLayer();

        Assert.False(Planner.TryPlan(layer, Options, out var plan, out var refused));

        Assert.Null(plan);
        Assert.Equal(2, Assert.IsType<Refusal.BiasOverflow>(refused.Refusal).Channel);
        Assert.Equal(1, refused.Trace.Retries);
        Assert.Equal(FaultKind.Failed, refused.Kind());
        Assert.Equal(FaultKind.Failed, Assert.Throws<QuantException>(() => Planner.Plan(layer, Options)).Kind);
    }

    [Fact]
    public void Options_that_the_profile_does_not_run_are_bad_input() =>
        Npy.AssertBadInput(
            () => Planner.Plan(Spec, Options with { Profile = Profiles.Tflite, Precision = Precision.SimaInt8 }),
            "tflite", "sima-int8");

    [Fact]
    public void A_precision_alone_asks_for_exactly_that() =>
        Assert.Equal(
            PrecisionRequest.NewExactly(Precision.SimaInt16), (Options with { Precision = Precision.SimaInt16 }).Precision);

    [Fact]
    public void A_fallback_a_wider_output_and_a_correction_are_options()
    {
        var relu = Spec with { Relu = true };
        var symmetric = Options with { Precision = PrecisionRequest.SimaInt8OrTflite, SymmetricActivations = true };
        Assert.Equal(Precision.TfliteInt8, Planner.Plan(relu, symmetric).Precision);

        var wide = Spec with { OutputRange = new RealRange(-600, 900) };
        var wider = Options with { Precision = PrecisionRequest.SimaInt16OrWider };
        Assert.Equal(ScalarType.Int32, Planner.Plan(wide, wider).Integers.Output.Type);

        var seen = Spec with { OutputMeans = [1, 2, 3, 4] };
        var corrected = Options with { BiasCorrection = BiasCorrection.NewFromMeanOutput([1, 2, 3, 3.5]) };
        var (before, after) = (Planner.Plan(Spec, Options).RealBias, Planner.Plan(seen, corrected).RealBias);
        Assert.Equal<double>([before[0], before[1], before[2], before[3] + 0.5], after);
    }

    [Fact]
    public void A_layer_has_the_geometry_and_the_distribution_that_are_stated()
    {
        var layer = (Spec with
        {
            Groups = 2,
            InputType = ScalarType.Int16,
            Strides = [2, 1],
            Pads = [1, 2, 3, 4],
            Dilations = [1, 2],
            IsTransposed = true,
            OutputMeans = [1, 2, 3, 4],
            OutputHistogram = [5, 6],
        }).ToLayer();

        Assert.Equal(2, layer.Weights.Shape.Groups);
        Assert.Equal(ScalarType.Int16, layer.Input.Type);
        Assert.Equal<int>([2, 1], layer.Geometry.Strides);
        Assert.Equal<int>([1, 2, 3, 4], layer.Geometry.Pads);
        Assert.Equal<int>([1, 2], layer.Geometry.Dilations);
        Assert.True(layer.Geometry.IsTransposed);
        Assert.Equal<double>([1, 2, 3, 4], layer.Output.Means);
        Assert.Equal<long>([5, 6], layer.Output.Histogram!.Counts);
    }

    [Fact]
    public void Parts_that_do_not_fit_each_other_make_no_layer()
    {
        AssertRefused<Refusal.WeightCount>(Spec with { Weights = new float[5] });
        AssertRefused<Refusal.WeightShape>(Spec with { Layout = WeightLayout.IO });
        AssertRefused<Refusal.BiasLength>(Spec with { Bias = new float[3] });
        AssertRefused<Refusal.ScaleOutOfRange>(Spec with { InputStep = double.NaN });
        AssertRefused<Refusal.ZeroPointOutOfRange>(Spec with { InputZeroPoint = 128 });
        AssertRefused<Refusal.RangeNotOrdered>(Spec with { OutputRange = new RealRange(1, -1) });
        AssertRefused<Refusal.DistributionNotFit>(Spec with { OutputMeans = [1] });
        AssertRefused<Refusal.DistributionNotFit>(Spec with { OutputHistogram = [-1] });
        AssertRefused<Refusal.GeometryNotFit>(Spec with { Strides = [1] });
        AssertRefused<Refusal.WeightShape>(LayerSpec.Product([1, 2, 3], inputs: 0, 1, 0, new RealRange(0, 1)));
        AssertRefused<Refusal.WeightCount>(LayerSpec.Product([1, 2, 3], inputs: 2, 1, 0, new RealRange(0, 1)));

        static void AssertRefused<T>(LayerSpec spec)
        {
            Assert.False(spec.TryCreateLayer(out var layer, out var refusal));
            Assert.Null(layer);
            Assert.IsType<T>(refusal);
            Npy.AssertBadInput(() => spec.ToLayer(), refusal.Message);
        }
    }

    [Fact]
    public void Profiles_are_found_by_their_names_alone()
    {
        Assert.Equal(
            ImmutableArray.Create(
                Profiles.Reference, Profiles.Tflite, Profiles.TfliteInt32Accumulator, Profiles.TfliteSingleRounding,
                Profiles.TfliteSingleRoundingInt32Accumulator, Profiles.OnnxRuntime, Profiles.OnnxRuntimeVnni,
                Profiles.OnnxRuntimeX64Avx2, Profiles.OnnxRuntimeX64Sse, Profiles.OnnxRuntimeArm64,
                Profiles.OnnxRuntimeWasm),
            Profiles.Named);
        Assert.All(Profiles.Named, profile => Assert.True(
            Profiles.TryFind(profile.Name, out var found) && found.Equals(profile)));
        Assert.False(Profiles.TryFind("TFLite", out _));
    }
}

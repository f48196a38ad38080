using System.Collections.Immutable;
using QuantFunctional;
using QuantFunctional.Steps;
using Xunit;
using Core = QuantFunctional.FSharp;

namespace Shell.Tests.Steps;

/// <summary>The single steps, put together by a caller, are what the planner does.</summary>
public sealed class StagesTests
{
    private const int Channels = 3;
    private const int Inputs = 40;

    public static TheoryData<string> Precisions() =>
        [.. Core.BackendProfile.Precisions.Select(precision => precision.Name)];

    [Theory]
    [MemberData(nameof(Precisions))]
    public void The_stages_in_a_loop_give_the_planner_s_plan(string name)
    {
        var precision = Core.BackendProfile.Precisions.Single(known => known.Name == name);
        Compare(Core.BackendProfile.Reference, precision, seed => seed % 2 == 0 ? ScalarType.Int8 : ScalarType.Int16);
    }

    [Theory]
    [InlineData("tflite-int8", RetryCause.Tags.PairOverflow, Remedy.Tags.RaiseWeightStep)]
    [InlineData("sima-int8", RetryCause.Tags.PairOverflow, Remedy.Tags.GiveUpWeightBits)]
    public void The_stages_in_a_loop_keep_pairs_in_16_bits(string name, int cause, int remedy)
    {
        var precision = Core.BackendProfile.Precisions.Single(known => known.Name == name);
        var reasons = Compare(Core.BackendProfile.OnnxRuntime, precision, _ => ScalarType.Int8);
        Assert.Contains((cause, remedy), reasons.Select(reason => (reason.Cause.Tag, reason.Remedy.Tag)));
    }

    private static List<RetryReason> Compare(BackendProfile profile, Precision precision, Func<int, ScalarType> input)
    {
        var reasons = new List<RetryReason>();
        for (var seed = 0; seed < 40; seed++)
        {
            var layer = RandomLayer(new Random(seed), input(seed));
            var request = new PlanRequest(
                profile,
                PrecisionRequest.NewExactly(precision),
                perChannel: seed % 3 != 0,
                asymmetric: seed % 5 != 0,
                BiasCorrection.Off,
                WeightRounding.Nearest);
            var byHand = ByHand(layer, request, out var trace);
            var options = new PlanOptions
            {
                Profile = profile,
                Precision = precision,
                PerChannel = request.PerChannel,
                SymmetricActivations = !request.Asymmetric,
            };
            if (!Planner.TryPlan(layer, options, out var planned, out var refused))
            {
                var refusal = Assert.IsType<StageOutcome<Made>.Refused>(byHand).Refusal;
                Assert.Equal(refused.Refusal, refusal);
                continue;
            }

            var made = Assert.IsType<StageOutcome<Made>.Done>(byHand).Value;
            Assert.Equal(planned.Plan, made.Plan);
            Assert.Equal(planned.Integers.Bias.ToArray(), made.Bias.ToArray());
            Assert.Equal(planned.Integers.Weights.ToArray(), made.Integers.Values.ToArray());
            Assert.Equal(planned.Trace, trace);
            reasons.AddRange(trace.Attempts.Select(attempt => attempt.Outcome)
                .OfType<AttemptOutcome.Retried>().Select(retried => retried.Reason));
        }

        Assert.NotEmpty(reasons);
        return reasons;
    }

    private sealed record Made(Plan Plan, IntegerWeights Integers, ImmutableArray<long> Bias);

    private static StageOutcome<Made> ByHand(Layer layer, PlanRequest request, out Trace trace)
    {
        var magnitudes = Scales.Magnitudes(request.Profile, layer);
        var path = layer.Input.Type == ScalarType.Int8 ? ActivationPath.Int8 : ActivationPath.Int15;
        var start = BacktrackingLoop.Start(request.Precision, Channels, request.PerChannel);
        return BacktrackingLoop.Run(
            2 + (9 * (request.PerChannel ? Channels : 1)),
            "the layer's integers do not fit the target",
            parameters => Attempt(new Stage(request, path, layer, parameters), magnitudes),
            start,
            out trace);
    }

    private static StageOutcome<Made> Attempt(Stage stage, WeightMagnitudes magnitudes)
    {
        var first = Stages.SelectScales(stage, Scales.WeightScale(stage, magnitudes));
        var integers = IntegerArithmetic.QuantizeWeights(stage.Layer.Weights, first.WeightScale);
        return Then(Stages.CheckRelu(stage, first), plan =>
            Then(Stages.TryAdjustPairs(stage, magnitudes, plan), plan =>
                Then(Stages.AdjustZeroWeights(integers, plan), plan =>
                    Then(Stages.TryAdjustShiftValue(stage, integers, plan), plan =>
                        Then(Stages.TryAdjustProductValue(stage, integers, plan), narrow =>
                        {
                            var real = Stages.CorrectBias(stage.Layer, BiasCorrection.Off, narrow, integers);
                            return Then(Stages.QuantizeScales(stage, integers, real, narrow), plan =>
                                Then(
                                    Stages.TryQuantizeBias(stage, integers, real, narrow, plan),
                                    bias => new StageOutcome<Made>.Done(new Made(plan, integers, bias), [])));
                        })))));
    }

    private static StageOutcome<TNext> Then<T, TNext>(StageOutcome<T> outcome, Func<T, StageOutcome<TNext>> next) =>
        outcome switch
        {
            StageOutcome<T>.Retry retry => new StageOutcome<TNext>.Retry(retry.Next, retry.Reason),
            StageOutcome<T>.Refused refused => new StageOutcome<TNext>.Refused(refused.Refusal),
            StageOutcome<T>.Done done => next(done.Value) switch
            {
                StageOutcome<TNext>.Done last => last with { Warnings = [.. done.Warnings, .. last.Warnings] },
                var other => other,
            },
            _ => throw new InvalidOperationException(),
        };

    /// <summary>The last channel's bias is far outside what its weights reach, which takes a retry or two.</summary>
    private static Layer RandomLayer(Random random, ScalarType input)
    {
        var weights = new float[Channels * Inputs];
        var weak = random.Next(8, 26);
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)((random.NextDouble() - 0.5) * Math.ScaleB(1, i < 2 * Inputs ? 0 : -weak));
        var far = (float)Math.ScaleB(random.NextDouble(), random.Next(4, 12));
        var step = input == ScalarType.Int8 ? 0.02 : 0.0001;
        return Core.Layer.create(
            Scales.ByOutputChannel(WeightLayout.OI, [Channels, Inputs], weights),
            Core.Geometry.plain(0),
            new float[] { 0.5f, -0.25f, far },
            Core.Encoding.ofStep(step, random.Next(-128, 128), input).ResultValue,
            Core.ObservedDistribution.ofRange(-8 * random.NextDouble(), far + 4).ResultValue,
            Activation.Linear).ResultValue;
    }
}

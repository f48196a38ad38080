using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Repair;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Repair;

/// <summary>The errors of a repaired channel's weights cancel out.</summary>
public sealed class BalancedRoundingTests : IDisposable
{
    private static readonly ChannelLimits Pairs = new(true, -100, 155, 32);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static StoredChannel Channel(Random random, int zero) => new(
        [.. Enumerable.Range(0, random.Next(20, 200)).Select(_ => random.Next(-128, 128))], zero, 0.01f, _ => 0);

    private static double[] Errors(StoredChannel before, StoredChannel after) => [.. before.Weights.Zip(after.Weights, (from, to) =>
        ((from - before.Zero) * (double)before.Step / after.Step) - (to - after.Zero))];

    private static double Harm(double[] errors) => (Math.Pow(errors.Sum(), 2) / 2) + errors.Sum(error => error * error);

    [Fact]
    public void Random_channels_stay_safe_and_err_less_than_with_each_weight_rounded_to_the_nearest()
    {
        var random = new Random(11);
        var (nearest, balanced) = (0.0, 0.0);
        for (var round = 0; round < 300; round++)
        {
            var channel = Channel(random, zero: round % 3 == 0 ? 5 : 0);
            var safe = SafeStep.Of(channel, Pairs)!;
            var rounded = channel.In(safe.Step);

            Assert.True(Pairs.AreHeld(safe));
            Assert.InRange(Harm(Errors(channel, safe)), 0, Harm(Errors(channel, rounded)) + 1e-9);
            Assert.All(safe.Weights.Zip(rounded.Weights), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
            Assert.All(safe.Weights, weight => Assert.InRange(weight, -128, 127));
            nearest += Math.Pow(Errors(channel, rounded).Sum(), 2);
            balanced += Math.Pow(Errors(channel, safe).Sum(), 2);
        }

        Assert.InRange(balanced, 0, 0.25 * nearest);
    }

    [Fact]
    public void A_weight_that_would_make_a_pair_unsafe_stays()
    {
        // the sum of the errors asks for larger weights, and every pair is at the limit but the last
        var before = new StoredChannel([127, 127, 127, 127, 90, 3], 0, 1, _ => 0);
        var rounded = before.In(127 / 64.4f);
        Assert.Equal([64, 64, 64, 64, 46, 2], rounded.Weights);

        var balanced = BalancedRounding.Of(rounded, before, Pairs);

        Assert.Equal([64, 64, 64, 64, 46, 2], balanced.Weights);
        Assert.NotEqual(rounded.Weights, BalancedRounding.Of(rounded, before, Pairs with { Pairs = false }).Weights);
    }

    [Fact]
    public async Task A_repaired_model_is_within_one_and_a_half_decibels_of_one_that_is_planned_for_every_processor()
    {
        var planned = await Quantize(Profiles.OnnxRuntime, "planned.onnx");
        var full = await Quantize(Profiles.OnnxRuntimeVnni, "full.onnx");
        var repaired = await ModelRepairer.RepairAsync(new RepairRequest { Model = full });

        var (expected, found) = (await Quality(planned), await Quality(repaired.OutputPath!));

        Assert.InRange(found, expected - 1.5, double.MaxValue);
    }

    private static string Sample(string name) => Path.Combine(Shared.Repository, "samples", "fashion", name);

    private async Task<string> Quantize(BackendProfile profile, string name)
    {
        var path = _folder.File(name);
        await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = Sample("fashion.onnx"),
            Calibration = Sample("fashion.calibration.npz"),
            OutputPath = path,
            Profile = profile,
        });
        return path;
    }

    private static async Task<double> Quality(string path) =>
        (await ModelComparer.CompareAsync(Sample("fashion.onnx"), path, Sample("fashion.test.npz"))).Outputs[0].SqnrDb;
}

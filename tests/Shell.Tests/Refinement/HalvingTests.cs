using QuantFunctional.Onnx.Refinement;
using Xunit;

namespace Shell.Tests.Refinement;

public class HalvingTests
{
    private static OutputErrors Errors(IEnumerable<string> changes, Dictionary<string, double> factors) =>
        new([changes.Aggregate(100.0, (error, change) => error * factors[change])]);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(7, 8)]
    public void One_measurement_is_enough_where_all_help(int measurements, int changes)
    {
        var factors = Enumerable.Range(0, changes).ToDictionary(i => $"{i}", _ => 0.5);
        var (kept, _) = Halving.Kept([.. factors.Keys], Errors([], factors), some => Errors(some, factors), 0.9, measurements);
        Assert.Equal(factors.Keys.Order(), kept.Order());
    }

    [Fact]
    public void What_harms_is_left_out_in_halves()
    {
        var factors = new Dictionary<string, double> { ["a"] = 0.8, ["b"] = 0.8, ["c"] = 0.8, ["d"] = 9 };
        var (kept, _) = Halving.Kept([.. factors.Keys], Errors([], factors), some => Errors(some, factors), 0.9, 20);
        Assert.Equal(["a", "b", "c"], kept.Order());
    }

    [Fact]
    public void No_more_is_measured_than_may_be()
    {
        var factors = Enumerable.Range(0, 16).ToDictionary(i => $"{i}", i => i == 3 ? 0.1 : 3);
        var measured = 0;
        var (kept, _) = Halving.Kept([.. factors.Keys], Errors([], factors), some => { measured++; return Errors(some, factors); }, 0.9, 5);
        Assert.Equal(5, measured);
        Assert.Empty(kept);
    }

    [Fact]
    public void A_gain_below_what_is_asked_for_is_chance()
    {
        var errors = new OutputErrors([100, 50]);
        Assert.False(new OutputErrors([95, 49]).IsBetterThan(errors, 0.9));
        Assert.True(new OutputErrors([80, 52]).IsBetterThan(errors, 0.9));
        Assert.False(new OutputErrors([double.NaN, 1]).IsBetterThan(errors, 0.9));
        Assert.False(new OutputErrors([double.PositiveInfinity, 1]).IsBetterThan(errors, 0.9));
        Assert.False(errors.IsBetterThan(errors, 0.9));
        Assert.True(new OutputErrors([0, 50]).IsBetterThan(errors, 0.9));
        Assert.False(errors.IsBetterThan(new OutputErrors([0, 50]), 0.9));
    }

    [Fact]
    public void A_few_runs_decide_nothing()
    {
        var before = Runs(Enumerable.Repeat(1.0, 500).Append(1000));

        // half of the whole, by one run in 501
        Assert.False(Runs(Enumerable.Repeat(1.0, 500).Append(200)).IsBetterThan(before, 0.9));
        // most runs, but not the whole
        Assert.False(Runs(Enumerable.Repeat(0.5, 500).Append(2000)).IsBetterThan(before, 0.9));
        Assert.True(Runs(Enumerable.Repeat(0.8, 500).Append(800)).IsBetterThan(before, 0.9));
        Assert.False(Runs(Enumerable.Repeat(0.92, 500).Append(920)).IsBetterThan(before, 0.9));
        // 0.1 to the power of 500 is no double
        Assert.True(Runs(Enumerable.Repeat(0.1, 500).Append(100)).IsBetterThan(before, 0.9));
        Assert.False(Runs(Enumerable.Repeat(0.1, 250).Concat(Enumerable.Repeat(10.0, 250)).Append(100)).IsBetterThan(before, 0.9));

        static OutputErrors Runs(IEnumerable<double> runs) => new([runs.Sum()]) { Apart = new OutputErrors([.. runs]) };
    }
}

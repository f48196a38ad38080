using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace QuantFunctional.Bench;

/// <summary>What it costs to find the output step of a join at which five arithmetics agree.</summary>
[Config(typeof(Runs))]
public class JoinBench
{
    /// <summary>As planning is measured, without a baseline.</summary>
    private sealed class Runs : ManualConfig
    {
        public Runs()
        {
            AddJob(Job.Default
                .WithToolchain(InProcessEmitToolchain.Instance)
                .WithStrategy(RunStrategy.Monitoring)
                .WithInvocationCount(4)
                .WithUnrollFactor(1)
                .WithWarmupCount(15)
                .WithIterationCount(15));
            WithOption(ConfigOptions.DisableOptimizationsValidator, true);
            HideColumns(Column.Error, Column.StdDev, Column.Mean);
            AddColumn(StatisticColumn.Min, StatisticColumn.Median);
        }
    }

    private const int Count = 100;
    private static readonly ImmutableArray<int> Bytes = [.. Enumerable.Range(0, 256)];
    private readonly List<Func<int, IEnumerable<Join>>> _joins = [];
    private Func<int, IEnumerable<Join>> _costliest = _ => [];

    /// <summary>Steps without relation, or an output in steps of twice the inputs', where every other sum is a tie.</summary>
    [Params("Add", "Mul", "Add of halves")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(18);
        for (var i = 0; i < Count; i++)
        {
            var (a, b, c) = (Step(random), Step(random), Step(random));
            if (Kind == "Add of halves")
                (b, c) = (a, 2 * a);
            if (Kind == "Mul")
                c *= 40 * a;
            var (za, zb, zc) = (random.Next(256), random.Next(256), random.Next(256));
            _joins.Add(raise =>
            [
                new Join(
                    Kind == "Mul" ? JoinOperator.Mul : JoinOperator.Add,
                    Stored(a, za),
                    Stored(b, zb),
                    Stored((float)(c * (1 + Math.ScaleB(raise, -15))), zc),
                    Bytes,
                    Bytes,
                    [JoinRuns.Alike]),
            ]);
        }

        _costliest = _joins.MaxBy(Smallest)!;
    }

    [Benchmark(OperationsPerInvoke = Count, Description = "Plan a join for onnxruntime")]
    public int Plan() => _joins.Sum(Smallest);

    [Benchmark(Description = "Plan the one that is raised most")]
    public int PlanCostliest() => Smallest(_costliest);

    private static int Smallest(Func<int, IEnumerable<Join>> join) =>
        FSharp.JoinSteps.smallest(FSharp.BackendProfile.OnnxRuntime.BetweenLayers, join).ResultValue;

    private static float Step(Random random) => 0.005f + (0.05f * random.NextSingle());

    private static Storage Stored(float step, int zero) => new(step, zero, byte.MinValue, byte.MaxValue);
}

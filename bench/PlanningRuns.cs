using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace QuantFunctional.Bench;

/// <summary>Fifteen iterations of four invocations; the warmup is long enough for the last tier of the compiler.</summary>
internal sealed class PlanningRuns : ManualConfig
{
    public PlanningRuns()
    {
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithStrategy(RunStrategy.Monitoring)
            .WithInvocationCount(4)
            .WithUnrollFactor(1)
            .WithWarmupCount(15)
            .WithIterationCount(15));
        WithOption(ConfigOptions.DisableOptimizationsValidator, true);
        HideColumns(Column.Error, Column.StdDev, Column.Mean, Column.Ratio, Column.RatioSD);
        AddColumn(StatisticColumn.Min, StatisticColumn.Median, RatioColumn.OfMinima, RatioColumn.OfMedians);
    }
}

using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace QuantFunctional.Bench;

/// <summary>Fifteen iterations of ten invocations, without a collection of garbage forced between them; the warmup is long enough for the last tier of the compiler.</summary>
internal sealed class ExecutorRuns : ManualConfig
{
    public ExecutorRuns()
    {
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithStrategy(RunStrategy.Monitoring)
            .WithGcForce(false)
            .WithInvocationCount(10)
            .WithUnrollFactor(1)
            .WithWarmupCount(15)
            .WithIterationCount(15));
        WithOption(ConfigOptions.DisableOptimizationsValidator, true);
        HideColumns(Column.Error, Column.StdDev, Column.Mean, Column.Ratio, Column.RatioSD);
        AddColumn(
            StatisticColumn.Min,
            StatisticColumn.Median,
            new PerProductColumn(),
            RatioColumn.OfMinima,
            RatioColumn.OfMedians);
    }

    private sealed class PerProductColumn : TextColumn
    {
        public override string ColumnName => "Per multiply-add";

        public override string Legend => "the median iteration, divided by the layer's multiply-adds";

        public override string GetValue(Summary summary, BenchmarkCase benchmark)
        {
            var median = summary[benchmark]?.ResultStatistics?.Median ?? double.NaN;
            var products = ExecutorBench.ProductsOf((string)benchmark.Parameters[nameof(ExecutorBench.Shape)]);
            return FormattableString.Invariant($"{median / products:F4} ns");
        }
    }
}

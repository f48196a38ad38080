using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace QuantFunctional.Bench;

/// <summary>Five iterations of one long invocation each; what counts is the fastest.</summary>
internal sealed class LongRuns : ManualConfig
{
    public LongRuns()
    {
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithStrategy(RunStrategy.Monitoring)
            .WithInvocationCount(1)
            .WithUnrollFactor(1)
            .WithWarmupCount(1)
            .WithIterationCount(5));
        WithOption(ConfigOptions.DisableOptimizationsValidator, true);
        HideColumns(Column.Error, Column.StdDev, Column.Mean, Column.Median, Column.Ratio, Column.RatioSD);
        AddColumn(StatisticColumn.Min, new PerSampleColumn(), RatioColumn.OfMinima);
    }

    private static double Min(Summary summary, BenchmarkCase benchmark) =>
        summary[benchmark]?.ResultStatistics?.Min ?? double.NaN;

    private sealed class PerSampleColumn : TextColumn
    {
        public override string ColumnName => "Min per sample";

        public override string Legend => "the fastest iteration, divided by the samples it ran";

        public override string GetValue(Summary summary, BenchmarkCase benchmark)
        {
            var model = (string)benchmark.Parameters[nameof(CalibrationBench.Model)];
            var samples = CalibrationBench.SamplesPerIteration(model);
            return FormattableString.Invariant($"{Min(summary, benchmark) / 1e6 / samples:F4} ms");
        }
    }
}

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
        AddColumn(StatisticColumn.Min, new PerSampleColumn(), new MinRatioColumn());
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

    private sealed class MinRatioColumn : TextColumn
    {
        public override string ColumnName => "Ratio of minima";

        public override string Legend => "fastest iteration over the baseline's fastest";

        public override string GetValue(Summary summary, BenchmarkCase benchmark)
        {
            var baseline = summary.BenchmarksCases.First(other =>
                summary.IsBaseline(other) && other.Parameters.ValueInfo == benchmark.Parameters.ValueInfo);
            return FormattableString.Invariant($"{Min(summary, benchmark) / Min(summary, baseline):F2}");
        }
    }

    private abstract class TextColumn : IColumn
    {
        public string Id => GetType().Name;

        public abstract string ColumnName { get; }

        public abstract string Legend { get; }

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public bool IsAvailable(Summary summary) => true;

        public abstract string GetValue(Summary summary, BenchmarkCase benchmark);

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
            GetValue(summary, benchmarkCase);
    }
}

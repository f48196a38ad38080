using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace QuantFunctional.Bench;

/// <summary>A column of numbers as text.</summary>
internal abstract class TextColumn : IColumn
{
    public string Id => ColumnName;

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

/// <summary>A statistic over the same statistic of the baseline with the same parameters.</summary>
internal sealed class RatioColumn(string name, string legend, Func<Statistics, double> statistic) : TextColumn
{
    public override string ColumnName => name;

    public override string Legend => legend;

    public static RatioColumn OfMinima { get; } =
        new("Ratio of minima", "fastest iteration over the baseline's fastest", statistics => statistics.Min);

    public static RatioColumn OfMedians { get; } =
        new("Ratio of medians", "median iteration over the baseline's", statistics => statistics.Median);

    public override string GetValue(Summary summary, BenchmarkCase benchmark)
    {
        var baseline = summary.BenchmarksCases.First(other =>
            summary.IsBaseline(other) && other.Parameters.ValueInfo == benchmark.Parameters.ValueInfo);
        return FormattableString.Invariant($"{Of(summary, benchmark) / Of(summary, baseline):F2}");
    }

    private double Of(Summary summary, BenchmarkCase benchmark) =>
        summary[benchmark]?.ResultStatistics is { } statistics ? statistic(statistics) : double.NaN;
}
